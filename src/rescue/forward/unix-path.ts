/** Where unix sockets may lie. connect(2) and bind(2) look their path up in this process, and a dead disk must not stall the door. */
import { mountOf } from '../../sys/mount-of.ts';
import { readMounts } from '../../sys/mountinfo.ts';
import { type Sys, SysError } from '../../sys/sys.ts';

const MEMORY = ['tmpfs', 'ramfs', 'devtmpfs'];
const LOOK_MS = 5_000;

/** Whether bind(2) at the path touches memory only. */
export async function isInMemoryMount(sys: Sys, path: string): Promise<boolean> {
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(path)) return false;
  return MEMORY.includes(mountOf(path, await readMounts(sys))?.fsType ?? '');
}

/**
 * Returns when a socket is at the path and connect(2) will not wait for a disk: it lies in memory, or another process has just looked
 * there. Throws SysError ENOENT or ETIMEDOUT.
 */
export async function canReach(sys: Sys, path: string): Promise<void> {
  if (!path.startsWith('/') || path.includes('\0')) throw new SysError('EINVAL', path, 'not an absolute path');
  if (await isInMemoryMount(sys, path)) return;
  const { code, timedOut } = await sys.run(['test', '-S', path], { timeoutMs: LOOK_MS });
  if (timedOut) throw new SysError('ETIMEDOUT', path, `${path}: no answer of the disk`);
  if (code !== 0) throw new SysError('ENOENT', path, `${path}: no such socket`);
}
