import { expect, test } from 'vitest';
import { findChecker, whyUnchecked } from '../../../src/fsck/checkers.ts';

const ALERT = 'ALERT: The filesystem has valuable metadata changes in a log which is being\nignored because the -n option was used.';
const HELD_LOG = 'ERROR: The filesystem has valuable metadata changes in a log which needs to\nbe replayed.';

test.each([
  // xfs_repair(8)
  ['xfs', 'look', 0, '', 'clean'],
  ['xfs', 'look', 1, 'bad magic number', 'errors'],
  ['xfs', 'look', 1, ALERT, 'dirty log'],
  ['xfs', 'repair', 0, 'done', 'corrected'],
  ['xfs', 'repair', 1, 'xfs_repair: please run it again', 'failed'],
  ['xfs', 'repair', 2, HELD_LOG, 'dirty log'],
  // btrfs-check(8)
  ['btrfs', 'look', 0, '', 'clean'],
  ['btrfs', 'look', 1, 'ERROR: errors found in fs roots', 'errors'],
  ['btrfs', 'look', 134, '', 'failed'],
  // fsck.fat(8)
  ['vfat', 'preen', 0, '', 'clean'],
  ['vfat', 'preen', 1, '*** Filesystem was changed ***\nWriting changes.', 'corrected'],
  ['vfat', 'preen', 1, 'Logical sector size is zero.', 'errors'],
  ['vfat', 'look', 1, 'Leaving filesystem unchanged.', 'errors'],
  ['vfat', 'look', 2, 'usage', 'failed'],
  // fsck.f2fs of f2fs-tools 1.15
  ['f2fs', 'preen', 0, 'Info: No error was reported', 'clean'],
  ['f2fs', 'repair', 1, '[FIX] (fsck_chk_inode_blk:1108)', 'corrected'],
  ['f2fs', 'look', 4, '[FSCK] other corrupted bugs                           [Fail]', 'errors'],
  ['f2fs', 'look', 0, '[FSCK] other corrupted bugs                           [Fail]', 'errors'],
  ['f2fs', 'look', 255, "Can't find a valid F2FS superblock at 0x1", 'errors'],
  ['f2fs', 'preen', 255, 'Error: Not available on mounted device!', 'failed'],
] as const)('the checker of %s reads the end of a %s with exit %i and %j as %5$s', (type, mode, code, text, end) => {
  expect(findChecker(type)?.judge(mode, code, text)).toBe(end);
});

test('findChecker() has nobody who throws a log away, or repairs btrfs, by himself', () => {
  const commands = ['xfs', 'btrfs', 'vfat', 'f2fs'].flatMap((type) => {
    const checker = findChecker(type);
    return [checker?.look, checker?.preen, checker?.repair].map((plan) => plan?.('DEV').join(' ') ?? '');
  });
  expect(commands.filter((command) => / -L\b|--repair|--force/.test(command))).toEqual([]);
  expect(findChecker('btrfs')?.repair).toBeUndefined();
});

test.each([
  ['swap', 'no check for swap: there is nothing to repair in it'],
  ['squashfs', 'no check for squashfs: there is nothing to repair in it'],
  ['', 'no check: its type is not known'],
  ['jfs', 'no check for jfs: no checker is known'],
  ['xfs', undefined],
])('whyUnchecked() of %j is %j', (type, why) => {
  expect(whyUnchecked(type)).toBe(why);
});
