import { describe, expect, test } from 'vitest';
import { fsckLog } from '../../../src/fsck/check-log.ts';
import { type CheckOptions, checkRoot, verifyChecked } from '../../../src/fsck/check-root.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { setMounts, sysroot, toolboxTable } from './mount-table.ts';

const check = 'e2fsck -p -C 2 /dev/vda1';
const look = 'e2fsck -n -f -C 2 /dev/vda1';
const options: CheckOptions = {
  root: { source: '/dev/vda1', fsType: 'ext4', mode: 'root' },
  mode: 'auto',
  repair: 'preen',
  silenceMs: 3_600_000,
  undoDirectory: '/run/lifeboot/undo',
};
const released = () =>
  setMounts(new FakeSys(), toolboxTable())
    .file('/sys/class/block/vda1/dev', '254:1\n')
    .special('/dev/vda1')
    .answer('dumpe2fs -h /dev/vda1');
const after = (code: number, stdout = '') => released().answer(check, { code, stdout }, { times: 1 }).answer(look, { code: 4 });

describe('checkRoot() takes the root after', () => {
  test.each([
    [0, '/dev/vda1: clean, 11/128 files', 'clean'],
    [0, '/dev/vda1: recovering journal\n/dev/vda1: clean', 'journal replayed, clean'],
    [1, '/dev/vda1: Inode 12 ref count is 7, should be 1.  FIXED.', 'errors corrected, exit 1'],
    [2, '', 'checked, exit 2: no reboot needed, the root was not mounted'],
    [3, '', 'errors corrected, exit 3: no reboot needed, the root was not mounted'],
  ])('exit %i', async (code, stdout, detail) => {
    expect(await checkRoot(after(code, stdout), options)).toEqual({ kind: 'done', detail });
  });
});

describe('checkRoot() holds after', () => {
  test.each([
    [4, 'errors were left uncorrected'],
    [5, 'errors were corrected; errors were left uncorrected'],
    [8, 'the check could not be done'],
    [16, 'the command line was wrong'],
    [33, 'errors were corrected; the check was cancelled'],
    [128, 'a shared library failed'],
  ])('exit %i', async (code, words) => {
    expect(await checkRoot(after(code), options)).toMatchObject({ kind: 'held', reason: `e2fsck of /dev/vda1: ${words} (exit ${code})` });
  });

  test('a signal', async () => {
    const sys = released().answer(check, { code: null, signal: 'SIGKILL' });
    sys.answer(look, { code: 4 });
    expect(await checkRoot(sys, options)).toMatchObject({ kind: 'held', reason: 'e2fsck of /dev/vda1: killed by SIGKILL' });
  });

  test('an hour of silence', async () => {
    const sys = released().answer(check, { takesMs: Number.POSITIVE_INFINITY });
    expect(await checkRoot(sys, options)).toMatchObject({ kind: 'held', reason: 'e2fsck of /dev/vda1 said nothing for 1 h' });
  });
});

test('checkRoot() shows the last 20 lines and advises a repair when errors are left', async () => {
  const stdout = Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n');
  const sys = released().answer(check, { code: 4, stdout, stderr: '1 3 8 /dev/vda1\n5 8 8 /dev/vda1\n' }).answer(look, { code: 4 });
  const result = await checkRoot(sys, options);
  expect(result).toMatchObject({
    advice: [{ command: 'e2fsck -n /dev/vda1' }, { command: 'lifeboot fsck repair /dev/vda1' }, { command: 'e2fsck -y /dev/vda1' }],
  });
  expect(result.kind === 'held' && result.evidence).toEqual(stdout.split('\n').slice(-20));
});

test('checkRoot() keeps the whole output of every check in its log, without the progress', async () => {
  const sys = after(4, 'one\n\ntwo\n');
  await checkRoot(sys, options);
  sys.answer(check, { code: 0, stdout: 'three', stderr: '1 3 8 /dev/vda1\nwarned' });
  await checkRoot(sys, options);
  expect((await sys.readText(fsckLog))?.split('\n')).toEqual([
    `# ${check}: exit 4 after 0 ms`,
    'one',
    'two',
    `# ${look}: exit 4 after 0 ms`,
    `# ${check}: exit 0 after 0 ms`,
    'three',
    'warned',
    '',
  ]);
});

test('checkRoot() survives a log that cannot be written', async () => {
  const sys = after(0).fail(`write ${fsckLog}`, 'ENOSPC');
  expect(await checkRoot(sys, options)).toMatchObject({ kind: 'done' });
  expect(sys.lines.at(-1)).toContain('ENOSPC');
});

test('checkRoot() does not check when told to skip, and says so', async () => {
  const sys = new FakeSys();
  expect(await checkRoot(sys, { ...options, mode: 'skip' })).toEqual({ kind: 'done', detail: 'not checked: fsck.mode=skip' });
  expect(sys.journal).toEqual([]);
});

test('checkRoot() honours /forcefsck and /fastboot unless the command line says otherwise', async () => {
  const wished = (checkWish: 'force' | 'skip') => ({ ...options, root: { ...options.root, checkWish } });
  const sys = released().answer('e2fsck -p -f -C 2 /dev/vda1');
  expect(await checkRoot(sys, wished('force'))).toEqual({ kind: 'done', detail: 'clean' });
  expect(await checkRoot(new FakeSys(), wished('skip'))).toEqual({ kind: 'done', detail: 'not checked: /fastboot' });
  expect(await checkRoot(sys, { ...wished('skip'), mode: 'force' })).toEqual({ kind: 'done', detail: 'clean' });
});

test('checkRoot() honours the stamp of an initramfs unless forced', async () => {
  const sys = released().file('/run/initramfs/fsck-root', '');
  expect(await checkRoot(sys, options)).toEqual({ kind: 'done', detail: 'checked by the initramfs' });
  sys.answer('e2fsck -p -f -C 2 /dev/vda1');
  expect(await checkRoot(sys, { ...options, mode: 'force' })).toEqual({ kind: 'done', detail: 'clean' });
});

test.each([
  ['btrfs', 'no check for btrfs: it is whole after every transaction, and a mount replays its log'],
  ['squashfs', 'no check for squashfs: there is nothing to repair in it'],
])('checkRoot() says honestly that %s is not checked', async (fsType, detail) => {
  const root = { ...options.root, fsType };
  expect(await checkRoot(released(), { ...options, root })).toEqual({ kind: 'done', detail });
});

test('checkRoot() tries a mount of an xfs root, which replays its log, and lets alone one whose log lies elsewhere', async () => {
  const root = { ...options.root, fsType: 'xfs' };
  const at = '/run/lifeboot/replay/dev-vda1';
  const sys = released().answer(`mount -t xfs -o ro,nosuid,nodev,noexec,nouuid /dev/vda1 ${at}`).answer(`umount ${at}`);
  expect(await checkRoot(sys, { ...options, root })).toEqual({
    kind: 'done',
    detail: 'no check for xfs: a mount replays its log, and one went well',
  });
  expect(await checkRoot(released(), { ...options, root, rootflags: 'noatime,logdev=/dev/vdb' })).toMatchObject({ kind: 'done' });
});

test('checkRoot() asks blkid when stage 1 did not know the type', async () => {
  const sys = after(0).answer('blkid -p -s TYPE -o value /dev/vda1', { stdout: 'ext4\n' });
  expect(await checkRoot(sys, { ...options, root: { source: '/dev/vda1', mode: 'initramfs' } })).toEqual({ kind: 'done', detail: 'clean' });
});

test('checkRoot() holds when the root device is not known', async () => {
  expect(await checkRoot(new FakeSys(), { ...options, root: { mode: 'root' } })).toMatchObject({ reason: 'the root device is not known' });
});

test('checkRoot() never checks a mounted device, under whatever name it is mounted', async () => {
  const sys = setMounts(released(), toolboxTable({ ...sysroot, source: '/dev/root' }));
  expect(await checkRoot(sys, options)).toMatchObject({
    kind: 'held',
    reason: '/dev/vda1 is mounted on /sysroot: a mounted filesystem is never checked',
    advice: [{ command: 'umount /sysroot' }],
  });
  expect(sys.journal).toEqual([]);
});

test('checkRoot() waits for a check that an earlier agent or an operator has running', async () => {
  const sys = after(0)
    .process({ pid: 77, argv: ['/run/lifeboot/bin/e2fsck', '-y', '/dev/vda1'] })
    .process({ pid: 78, argv: ['e2fsck', '/dev/vdb1'] });
  const checked = checkRoot(sys, options);
  await sys.sleep(3_000);
  expect(sys.ran).not.toContain(check);
  sys.exit(77);
  expect(await checked).toEqual({ kind: 'done', detail: 'clean' });
  expect(sys.events).toEqual(['phase check-root waiting']);
});

test('checkRoot() shows progress, but not more than once in five seconds', async () => {
  const sys = released();
  const tell = (fake: FakeSys, line: string, afterMs: number, onLine?: (line: string) => void) => {
    fake.clock.nowMs += afterMs;
    onLine?.(line);
  };
  sys.answer(
    check,
    {},
    {
      effect: (fake, { onLine }) => {
        tell(fake, '1 1 10 /dev/vda1', 1_000, onLine);
        tell(fake, '1 5 10 /dev/vda1', 4_500, onLine);
        tell(fake, '1 6 10 /dev/vda1', 1_000, onLine);
        tell(fake, 'Pass 2: whatever', 9_000, onLine);
      },
    },
  );
  expect(await checkRoot(sys, options)).toMatchObject({ kind: 'done' });
  expect(sys.lines).toEqual([
    'lifeboot 6.50 phase check-root: progress (preen of /dev/vda1: pass 1 of 5, 35 %, 466.7 %/min, about 8 s left)',
  ]);
});

test('checkRoot() only looks under fsck.repair=no', async () => {
  const sys = released().answer('e2fsck -n -C 2 /dev/vda1', { code: 4, stdout: 'Inode 12 ref count is 7, should be 1.  Fix? no\n' });
  expect(await checkRoot(sys, { ...options, repair: 'no' })).toMatchObject({
    kind: 'held',
    reason: 'e2fsck of /dev/vda1: errors were left uncorrected (exit 4); 1 finding: 1 loses nothing',
  });
  expect(sys.ran.filter((argv) => argv.startsWith('e2fsck'))).toHaveLength(1);
});

test('verifyChecked() believes e2fsck -n, not the operator', async () => {
  const sys = released().answer('e2fsck -n /dev/vda1', { code: 4 }).answer('e2fsck -n /dev/vda1', { code: 0 });
  expect(await verifyChecked(sys, options)).toBe('e2fsck -n /dev/vda1 still finds errors (exit 4)');
  expect(await verifyChecked(sys, options)).toBeUndefined();
});
