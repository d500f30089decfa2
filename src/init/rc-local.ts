/** `/etc/rc.local` of an image that has no initscript for it: the last thing that is started. */
import type { Sys } from '../sys/sys.ts';
import type { Tier } from './init-script.ts';
import { interpretFields } from './lsb-header.ts';
import { readTiers, startDirectories } from './read-tiers.ts';

export const RC_LOCAL = '/etc/rc.local';
/** Scripts that run it themselves: Debian's, and those of others. */
const ITS_SCRIPTS: readonly string[] = ['rc.local', 'rc-local', 'local'];

/** The tiers of rcS.d and of the run level, and last `/etc/rc.local`; that of level 1 is nobody's. */
export async function readLevelTiers(sys: Sys, level: string): ReturnType<typeof readTiers> {
  const { tiers, problems } = await readTiers(sys, startDirectories(level));
  const local = level === '1' ? undefined : await findRcLocal(sys, tiers, level);
  return { tiers: local === undefined ? tiers : [...tiers, local], problems };
}

/** Its tier, `rc2.d/rc.local`; undefined when there is no such program, or a script of the image runs it. */
async function findRcLocal(sys: Sys, tiers: readonly Tier[], level: string): Promise<Tier | undefined> {
  if (tiers.some(({ scripts }) => scripts.some(({ name }) => ITS_SCRIPTS.includes(name)))) return undefined;
  const facts = await sys.facts(RC_LOCAL).catch(() => undefined);
  if (facts?.kind !== 'file' || (facts.mode & 0o111) === 0) return undefined;
  const { header } = interpretFields([], { name: RC_LOCAL, file: RC_LOCAL });
  return { name: `rc${level}.d/rc.local`, runlevel: level, scripts: [{ name: 'rc.local', path: RC_LOCAL, header }] };
}
