/** What filesystem a device or image holds, even when its first superblock is gone. */
import type { Sys } from '../../sys/sys.ts';
import { findBackupSuperblock } from './superblocks.ts';

const extTypes: ReadonlySet<string> = new Set(['ext2', 'ext3', 'ext4', 'ext4dev']);
const LOOK_MS = 30_000;

export const isExt = (type: string): boolean => extTypes.has(type);

/** blkid's word; `ext4` where blkid knows nothing but a backup superblock can be read; empty when nothing is recognised. */
export async function findType(sys: Sys, device: string): Promise<string> {
  const ran = await sys.run(['blkid', '-p', '-s', 'TYPE', '-o', 'value', device], { timeoutMs: LOOK_MS });
  const type = ran.stdout.trim();
  if (type !== '') return type;
  return (await findBackupSuperblock(sys, device)) === undefined ? '' : 'ext4';
}
