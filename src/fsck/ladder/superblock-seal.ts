/** The superblock as a sign: whether a filesystem is still as a repair left it, and what e2undo(8) puts there of its own. */
import { createHash } from 'node:crypto';
import { type Sys, SysError } from '../../sys/sys.ts';

const SEAL_MS = 60_000;

/**
 * After a run that did not end well e2undo(8) puts everything back and then marks the filesystem "run e2fsck" in its superblock, which
 * is not what stood there before. The superblock is the 1024 bytes after the first 1024. Throws SysError EIO.
 */
export async function copySuperblock(sys: Sys, target: string, file: string, direction: 'save' | 'restore'): Promise<void> {
  const ends =
    direction === 'save' ? [`if=${target}`, `of=${file}`, 'skip=1'] : [`if=${file}`, `of=${target}`, 'seek=1', 'conv=notrunc,fsync'];
  const ran = await sys.run(['dd', 'bs=1024', 'count=1', ...ends], { timeoutMs: SEAL_MS });
  if (ran.code !== 0) throw new SysError('EIO', target, `cannot ${direction} the superblock of ${target}: ${ran.stderr.trim()}`);
}

/** Changes with every mount and every write to the superblock: mount count, times, free counts, checksum. */
export async function sealOf(sys: Sys, target: string): Promise<string> {
  const ran = await sys.run(['dumpe2fs', '-h', target], { timeoutMs: SEAL_MS });
  return createHash('sha256').update(`${ran.stdout}${ran.stderr}`).digest('hex');
}
