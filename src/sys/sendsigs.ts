/** Debian's initscript sendsigs ends every process on the way down, but for those whose pids are in files of this directory. */
import { treeOf } from './process-tree.ts';
import type { Sys } from './sys.ts';

const DIRECTORY = '/run/sendsigs.omit.d';
const FILE = `${DIRECTORY}/lifeboot`;

/** Names rescue's keeper and all below it: rescue, and what its sessions run. */
export async function spareFromSendsigs(sys: Sys, keeper: number): Promise<void> {
  await sys.makeDir(DIRECTORY, 0o755);
  const pids = treeOf(await sys.processes(), keeper);
  await sys.writeAtomic(FILE, `${pids.join('\n')}\n`, 0o644);
}

/** The same again, where it was done before. Never rejects: rescue that is ended comes back. */
export async function spareAgain(sys: Sys, keeper: number): Promise<void> {
  const before = await sys.facts(FILE).catch(() => undefined);
  if (before !== undefined) await spareFromSendsigs(sys, keeper).catch(() => undefined);
}
