import { expect, test } from 'vitest';
import { pickFaultLines } from '../../../src/fsck/disk-evidence.ts';

const faults = [
  '[   12.1] I/O error, dev vda, sector 2048 op 0x0:(READ) flags 0x0',
  '[   12.2] Buffer I/O error on dev vda2, logical block 0, async page read',
  '[   12.3] XFS (vda2): metadata I/O error in "xfs_read_agf" at daddr 0x1 len 1 error 5',
];
const damage = [
  '[   12.4] XFS (vda2): metadata I/O error in "xfs_read_agi+0x9d/0x180" at daddr 0x2 len 1 error 117',
  '[   12.5] XFS (vda2): metadata I/O error in "xfs_trans_read_buf_map" at daddr 0x2 len 1 error 74',
  '[   12.6] XFS (vda2): Metadata I/O Error (0x4) detected at xfs_fs_goingdown+0x7b/0xb0.  Shutting down filesystem.',
];

test('pickFaultLines() takes a block that cannot be read for a fault of the disk, and damage that was read well for none', () => {
  expect(pickFaultLines([...faults, ...damage].join('\n'), '/dev/vda2', 12_000)).toEqual(faults);
});

test('pickFaultLines() leaves other disks, and what was said before, out', () => {
  expect(pickFaultLines(faults.join('\n'), '/dev/vdb', 12_000)).toEqual([]);
  expect(pickFaultLines(faults.join('\n'), '/dev/vda2', 14_000)).toEqual([]);
});
