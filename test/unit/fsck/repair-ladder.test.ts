import { describe, expect, test } from 'vitest';
import { judgeEnd } from '../../../src/fsck/ladder/e2fsck.ts';
import { noFindings } from '../../../src/fsck/ladder/findings.ts';
import { climbRepairLadder, type LadderOptions } from '../../../src/fsck/ladder/repair-ladder.ts';
import { backupCandidates } from '../../../src/fsck/ladder/superblocks.ts';
import { estimateUndoKiB, parseDf } from '../../../src/fsck/ladder/undo-space.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const device = '/dev/vda1';
const options: LadderOptions = {
  device,
  policy: 'undo-yes',
  full: false,
  undoPreen: false,
  undoDirectory: '/run/lifeboot/undo',
  silenceMs: 3_600_000,
};
const preen = `e2fsck -p -C 2 ${device}`;
const look = `e2fsck -n -f -C 2 ${device}`;
const repair = `e2fsck -y -f -z /run/lifeboot/undo/step-1.e2undo -C 2 ${device}`;
const broken = 'Inode 12 ref count is 7, should be 1.  Fix? no\n';
const df = 'Filesystem 1024-blocks Used Available Capacity Mounted on\ntmpfs 900000 0 900000 0% /run\n';

/** A device that preen cannot mend, with room for undo files. */
function damaged({ bytes = 500_000_000_000, undoFile = 'readable' } = {}): FakeSys {
  return new FakeSys()
    .special(device)
    .answer(preen, { code: 4 })
    .answer(`blockdev --getsize64 ${device}`, { stdout: `${bytes}\n` })
    .answer(`dumpe2fs -h ${device}`, { stdout: 'Block size: 4096\n' })
    .answer('df -kP /run/lifeboot/undo', { stdout: df })
    .answer(`dd bs=1024 count=1 if=${device} of=/run/lifeboot/undo/step-1.superblock skip=1`)
    .answer(`e2undo -n -f /run/lifeboot/undo/step-1.e2undo ${device}`, { code: undoFile === 'readable' ? 0 : 1 });
}
const written = (sys: FakeSys) => void sys.file('/run/lifeboot/undo/step-1.e2undo', 'E2UNDO02');

describe('climbRepairLadder()', () => {
  test('goes no further than a preen that ends well', async () => {
    const sys = new FakeSys().answer(preen, { code: 1 });
    expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'repaired', reason: 'errors corrected, exit 1' });
    expect(sys.ran).toEqual([preen]);
  });

  test('repairs with an undo file that is recorded before the repair begins, and looks again', async () => {
    const sys = damaged()
      .answer(look, { code: 4, stdout: broken }, { times: 1 })
      .answer(repair, { code: 1 }, { effect: written })
      .answer(look, { code: 0 });
    const result = await climbRepairLadder(sys, options);
    expect(result).toMatchObject({ outcome: 'repaired', undoDirectory: '/run/lifeboot/undo', undoTrusted: true, findings: { total: 1 } });
    const journal = sys.journal;
    expect(journal.indexOf('write /run/lifeboot/undo/undo.json')).toBeLessThan(journal.indexOf(`run ${repair}`));
    expect(sys.ran.slice(-2).join()).toContain('dumpe2fs');
  });

  const small = () =>
    damaged({ bytes: 67_108_864 })
      .answer(`sha256sum ${device}`, { stdout: `${'a'.repeat(64)}  ${device}\n` })
      .answer(`dd bs=1048576 if=${device} of=/run/lifeboot/undo/before.img conv=notrunc,fsync`);
  const refused = { code: 8, stderr: `e2fsck: Undo file corrupt while trying to open ${device}\n` };

  test('copies a small device before it is repaired, and lets the copy go when the undo file is as good', async () => {
    const sys = small()
      .answer(look, { code: 4, stdout: broken }, { times: 1 })
      .answer(repair, { code: 1 }, { effect: written })
      .answer(look, { code: 0 });
    expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'repaired', undoTrusted: true });
    const journal = sys.journal;
    expect(journal.findIndex((line) => /before\.img conv/.test(line))).toBeLessThan(journal.indexOf(`run ${repair}`));
    expect(journal).toContain('remove /run/lifeboot/undo/before.img');
  });

  test('repairs without an undo file where e2fsck can keep none and the copy stands', async () => {
    const sys = small()
      .answer(look, { code: 4, stdout: broken }, { times: 1 })
      .answer(repair, refused)
      .answer(`e2fsck -y -f -C 2 ${device}`, { code: 1 })
      .answer(look, { code: 0 });
    expect(await climbRepairLadder(sys, options)).toMatchObject({
      outcome: 'repaired',
      undoDirectory: '/run/lifeboot/undo',
      undoTrusted: true,
    });
    expect(sys.journal).not.toContain('remove /run/lifeboot/undo/before.img');
  });

  test('repairs without an undo file where e2fsck crashes with one and the copy stands', async () => {
    const sys = small()
      .answer(look, { code: 4, stdout: broken }, { times: 1 })
      .answer(repair, { code: 8, stderr: 'Signal (11) SIGSEGV si_code=SEGV_MAPERR fault addr=0x178\n' })
      .answer(`e2fsck -y -f -C 2 ${device}`, { code: 1 })
      .answer(look, { code: 0 });
    expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'repaired', undoTrusted: true });
  });

  test('repairs nothing where e2fsck can keep no undo file and the device is too large for a copy', async () => {
    const sys = damaged().answer(look, { code: 4, stdout: broken }).answer(repair, refused);
    expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'held', cause: 'no undo' });
    expect(sys.ran).not.toContain(`e2fsck -y -f -C 2 ${device}`);
  });

  test('writes nothing more after an undo file that cannot be read', async () => {
    const sys = damaged({ undoFile: 'damaged' }).answer(look, { code: 4, stdout: broken }).answer(repair, { code: 1 }, { effect: written });
    expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'held', cause: 'no undo', undoTrusted: false });
    expect(sys.ran.filter((line) => line.startsWith('e2fsck -y'))).toEqual([repair]);
  });

  test('stops when a repair leaves word for word what it found', async () => {
    const sys = damaged().answer(look, { code: 4, stdout: broken }).answer(repair, { code: 4 }, { effect: written });
    expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'held', reason: expect.stringContaining('after 1 round') });
  });

  test.each([
    [
      'a failing disk',
      { code: 12, stdout: 'Error reading block 9 (Input/output error) while reading inode bitmap.  Ignore error? no\n' },
      'disk error',
    ],
    ['a device that is too small', { code: 12, stdout: 'The physical size of the device is 9 blocks\nAbort? no\n' }, 'too small'],
    ['a cancelled look', { code: 32 }, 'cancelled'],
  ] as const)('never answers yes on %s', async (_what, looked, cause) => {
    const sys = damaged().answer(look, looked);
    expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'held', cause });
    expect(sys.ran).not.toContain(repair);
  });

  test('does nothing more when preen itself meets a failing disk', async () => {
    const sys = new FakeSys().answer(preen, { code: 8, stderr: `${device}: Input/output error while reading block 1\n` });
    expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'held', cause: 'disk error' });
    expect(sys.ran).toEqual([preen]);
  });

  test('holds when the undo file cannot be made', async () => {
    const sys = damaged().answer(look, { code: 4, stdout: broken }).fail('mkdir /run/lifeboot/undo', 'EROFS');
    expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'held', cause: 'no undo' });
    expect(sys.ran).not.toContain(repair);
  });

  test('is ended by silence only', async () => {
    const sys = new FakeSys().answer(preen, { takesMs: Number.POSITIVE_INFINITY });
    expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'held', reason: `e2fsck of ${device} said nothing for 1 h` });
  });
});

test.each([
  [0, '', 'usable'],
  [1, '', 'usable'],
  [2, '', 'usable'],
  [4, '', 'errors'],
  [12, 'e2fsck: aborted', 'errors'],
  [8, 'e2fsck: Bad magic number in super-block while trying to open /dev/vda1', 'bad superblock'],
  [8, 'e2fsck: Undo file corrupt while trying to open /dev/vda1', 'no undo file'],
  [8, '/dev/vda1 is in use.', 'failed'],
  [32, '', 'cancelled'],
  [16, '', 'failed'],
] as const)('judgeEnd() takes exit %i with %j as %s', (code, said, end) => {
  const ran = { argv: [], code, signal: null, stdout: '', stderr: '', durationMs: 0, timedOut: false };
  expect(judgeEnd(ran, said === '' ? [] : [said])).toBe(end);
});

test('backupCandidates() begins where mke2fs puts them', () => {
  expect(backupCandidates().slice(0, 3)).toEqual([
    { block: 32_768, blockSize: 4096 },
    { block: 8193, blockSize: 1024 },
    { block: 16_384, blockSize: 2048 },
  ]);
});

test('estimateUndoKiB() grows with the findings, and with a journal that is to be replayed', () => {
  const least = estimateUndoKiB(noFindings, '');
  expect(estimateUndoKiB({ ...noFindings, total: 100 }, '')).toBe(least + 3200);
  expect(estimateUndoKiB(noFindings, 'Filesystem features: needs_recovery\nTotal journal size:       4096k\n')).toBe(least + 4096);
});

test('parseDf() reads the free space of POSIX df', () => {
  expect(parseDf(df)).toBe(900_000);
  expect(parseDf('')).toBeUndefined();
});
