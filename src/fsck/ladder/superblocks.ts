/** Backup superblocks of ext2/3/4, for when the primary is of no use: mke2fs(8) -b, sparse_super of ext4(5). */
import type { Sys } from '../../sys/sys.ts';

export interface BackupSuperblock {
  /** In blocks of `blockSize`: what `e2fsck -b` wants. */
  readonly block: number;
  readonly blockSize: number;
}

/** What mke2fs chooses, the usual first. */
const BLOCK_SIZES = [4096, 1024, 2048, 65_536, 8192, 16_384, 32_768];
/** Group 1 and the powers of 3, 5 and 7: with sparse_super only these have one. */
const GROUPS = [1, 3, 5, 7, 9, 25, 27, 49];
/** mke2fs -g, and the clusters of bigalloc: group 1 is nearer, or farther, by these. */
const UNUSUAL = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 4, 16];
const LOOK_MS = 30_000;

/** Where backups lie, the likeliest first: with mke2fs's defaults, then with groups of another size. */
export function backupCandidates(): readonly BackupSuperblock[] {
  const usual = GROUPS.flatMap((group) => BLOCK_SIZES.map((blockSize) => candidate(group, blockSize)));
  return [...usual, ...UNUSUAL.flatMap((group) => [4096, 1024].map((blockSize) => candidate(group, blockSize)))];
}

const candidate = (group: number, blockSize: number): BackupSuperblock => ({
  block: group * 8 * blockSize + (blockSize === 1024 ? 1 : 0),
  blockSize,
});

/** The first backup that dumpe2fs can read and that says it is of this block size; undefined when there is none. */
export async function findBackupSuperblock(sys: Sys, device: string, signal?: AbortSignal): Promise<BackupSuperblock | undefined> {
  for (const backup of backupCandidates()) {
    if (signal?.aborted) return undefined;
    const { block, blockSize } = backup;
    const ran = await sys.run(['dumpe2fs', '-h', '-o', `superblock=${block}`, '-o', `blocksize=${blockSize}`, device], {
      timeoutMs: LOOK_MS,
    });
    // dumpe2fs fails on what else is damaged; a header that it could print was read.
    if (readHeader(ran.stdout, 'Block size') === blockSize) return backup;
  }
  return undefined;
}

/** A number of `dumpe2fs -h`: `Block size:               1024`. */
export function readHeader(text: string, name: string): number | undefined {
  const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
