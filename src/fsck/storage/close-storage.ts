/** On the way down: what the root lay on is closed from the top, so that its key is not in memory any more and no array has to be checked. */
import { done, type PhaseResult } from '../../sys/phase-result.ts';
import { type Sys, SysError } from '../../sys/sys.ts';
import { readRootStack } from './root-stack.ts';
import { WITHOUT_UDEV } from './without-udev.ts';

const CLOSE_MS = 10_000;

/** Never held: what cannot be closed, or has no program in the toolbox, the kernel leaves clean at its end. */
export async function closeStorage(sys: Sys, source: string | undefined): Promise<PhaseResult> {
  if (source === undefined) return done();
  const words: string[] = [];
  for (const device of await readRootStack(sys, source)) {
    const argv = planClose(device);
    if (argv === undefined) continue;
    const trouble = await close(sys, argv);
    words.push(trouble === undefined ? `${device.name} closed` : `${device.name} left: ${trouble}`);
  }
  return words.length === 0 ? done() : done(words.join('; '));
}

/** Pure. Undefined for what lifeboot does not know how to close. */
export function planClose({
  name,
  mapperName,
  mapperUuid,
}: {
  readonly name: string;
  readonly mapperName: string;
  readonly mapperUuid: string;
}): readonly string[] | undefined {
  if (mapperUuid.startsWith('CRYPT-')) return ['cryptsetup', 'close', mapperName];
  if (mapperUuid.startsWith('LVM-')) return ['lvm', 'lvchange', '-an', '--sysinit', `/dev/mapper/${mapperName}`];
  return name.startsWith('md') ? ['mdadm', '--stop', `/dev/${name}`] : undefined;
}

async function close(sys: Sys, argv: readonly string[]): Promise<string | undefined> {
  try {
    const ran = await sys.run(argv, { timeoutMs: CLOSE_MS, env: WITHOUT_UDEV });
    if (ran.code === 0) return undefined;
    if (ran.timedOut) return `no end within ${CLOSE_MS / 1000} s`;
    return ran.stderr.trim().split('\n').at(-1) || `exit ${ran.code ?? ran.signal}`;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return `no ${argv[0]} in the toolbox`;
  }
}
