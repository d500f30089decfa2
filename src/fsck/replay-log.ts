/** Replays the log of a filesystem the only way its maker knows: it is mounted and unmounted once, where nobody else can see it. */
import { TOOLBOX } from '../sys/paths.ts';
import type { Ran, Sys } from '../sys/sys.ts';

/** A log of gigabytes may be replayed. */
const MOUNT_MS = 600_000;

/**
 * Undefined when it was replayed, else mount's or umount's last words. Throws SysError when there is no mount(8). Read-only it is replayed,
 * too, and nothing else is written: xfs would forget that its quotas are counted.
 */
export async function replayLog(sys: Sys, device: string, type: string, mode: 'ro' | 'rw' = 'rw'): Promise<string | undefined> {
  const directory = `${TOOLBOX}/replay/${device.replace(/^\/+/, '').replaceAll('/', '-')}`;
  const loop = (await sys.facts(device))?.kind === 'file' ? ',loop' : '';
  await sys.makeDir(directory, 0o700);
  try {
    // xfs(5): a copy of what is mounted already, a snapshot, is refused without nouuid.
    const options = `${mode},nosuid,nodev,noexec${type === 'xfs' ? ',nouuid' : ''}${loop}`;
    const mounted = await sys.run(['mount', '-t', type, '-o', options, device, directory], { timeoutMs: MOUNT_MS });
    if (mounted.code !== 0) return lastWords(mounted);
    const unmounted = await sys.run(['umount', directory], { timeoutMs: MOUNT_MS });
    return unmounted.code === 0 ? undefined : lastWords(unmounted);
  } finally {
    for (const path of [directory, `${TOOLBOX}/replay`]) await sys.remove(path).catch(() => undefined);
  }
}

/** mount(8) says first what was wrong; the line after it is the hint at dmesg. */
function lastWords(ran: Ran): string {
  const said = ran.stderr.split('\n').filter((line) => line.trim() !== '' && !/dmesg\(1\)/.test(line));
  return said.at(-1)?.trim() ?? (ran.timedOut ? 'no end in time' : `exit ${ran.code ?? ran.signal}`);
}
