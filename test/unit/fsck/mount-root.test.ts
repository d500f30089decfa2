import { expect, test } from 'vitest';
import { type MountOptions, mountRoot, verifyMounted } from '../../../src/fsck/mount-root.ts';
import type { Problem } from '../../../src/sys/problem.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { rootTable, setMounts, sysroot, toolboxTable } from './mount-table.ts';

const bb = '/run/lifeboot/bin/busybox';
const options: MountOptions = { root: { source: '/dev/vda1', fsType: 'ext4', mode: 'root' }, lastCheck: 'passed' };
const mountCommand = (flags: string) => `${bb} mount -t ext4 -o ${flags} /dev/vda1 /sysroot`;
const checked = () => setMounts(new FakeSys(), toolboxTable());
const appears = (row = sysroot) => ({ effect: (sys: FakeSys) => void setMounts(sys, toolboxTable(row)) });

test('mountRoot() mounts read-write with rootflags, whatever rootflags say of ro', async () => {
  const sys = checked().answer(mountCommand('rw,data=journal'), {}, appears());
  expect(await mountRoot(sys, { ...options, rootflags: 'ro,data=journal' })).toEqual({
    kind: 'done',
    detail: '/dev/vda1 on /sysroot: ext4 rw',
  });
});

test('mountRoot() refuses after a check that left errors, and obeys the operator who overrides', async () => {
  const sys = checked();
  expect(await mountRoot(sys, { ...options, lastCheck: 'left-errors' })).toMatchObject({
    kind: 'held',
    advice: [{ command: 'e2fsck -y /dev/vda1' }],
  });
  expect(sys.journal).toEqual([]);
  sys.answer(mountCommand('rw'), {}, appears());
  expect(await mountRoot(sys, { ...options, lastCheck: 'overridden' })).toMatchObject({ kind: 'done' });
});

test("mountRoot() holds with mount's and the kernel's words", async () => {
  const sys = checked().answer(mountCommand('rw'), {
    code: 255,
    stderr: 'mount: mounting /dev/vda1 on /sysroot failed: Invalid argument\n',
  });
  sys.answer(`${bb} dmesg`, { stdout: '<6>[1.0] eth0: up\n<3>[2.0] EXT4-fs (vda1): bad geometry\n' });
  expect(await mountRoot(sys, options)).toMatchObject({
    reason: 'cannot mount /dev/vda1: mount: mounting /dev/vda1 on /sysroot failed: Invalid argument',
    evidence: [
      `${mountCommand('rw')}: exit 255`,
      'mount: mounting /dev/vda1 on /sysroot failed: Invalid argument',
      '[2.0] EXT4-fs (vda1): bad geometry',
    ],
  });
});

test('mountRoot() shows the faults of the disk that the partition lies on', async () => {
  const sys = checked().answer(mountCommand('rw'), { code: 255, stderr: 'Input/output error' });
  const fault = '[2.0] I/O error, dev vda, sector 2050 op 0x0:(READ)';
  sys.answer(`${bb} dmesg`, { stdout: `[1.0] I/O error, dev vdb, sector 1\n${fault}\n` });
  expect(await mountRoot(sys, options)).toMatchObject({ evidence: [expect.anything(), 'Input/output error', fault] });
});

test('mountRoot() mounts an ext root without rootflags that the kernel refuses, and reports them', async () => {
  const problems: Problem[] = [];
  const sys = checked()
    .answer(mountCommand('rw,nonsense'), { code: 255, stderr: 'Invalid argument' })
    .answer(mountCommand('rw'), {}, appears());
  expect(await mountRoot(sys, { ...options, rootflags: 'nonsense', onProblem: (each) => problems.push(each) })).toMatchObject({
    kind: 'done',
  });
  expect(problems).toEqual([expect.objectContaining({ file: 'kernel command line', value: 'rootflags=nonsense' })]);
});

test('mountRoot() never guesses another root when rootflags of btrfs fail', async () => {
  const sys = checked().answer(`${bb} mount -t btrfs -o rw,subvol=@gone /dev/vda1 /sysroot`, { code: 255, stderr: 'No such file' });
  sys.answer(`${bb} dmesg`);
  const root = { ...options.root, fsType: 'btrfs' };
  expect(await mountRoot(sys, { ...options, root, rootflags: 'subvol=@gone' })).toMatchObject({ kind: 'held' });
});

test('mountRoot() holds when the mount came up read-only', async () => {
  const sys = checked()
    .answer(mountCommand('rw'), {}, appears({ ...sysroot, options: 'ro' }))
    .answer(`${bb} dmesg`);
  expect(await mountRoot(sys, options)).toMatchObject({ reason: '/dev/vda1 is mounted read-only though rw was asked' });
});

test('mountRoot() says that the medium is write-protected when the kernel says so, and how to lift it', async () => {
  const sys = checked()
    .answer(mountCommand('rw'), {}, appears({ ...sysroot, options: 'ro' }))
    .answer(`${bb} dmesg`, { stdout: '[0.0] Kernel command line: root=/dev/vda1 ro\n[2.1] vda1: protected\n' });
  sys.file('/sys/class/block/vda1/dev', '254:1\n').file('/sys/dev/block/254:1/ro', '1\n');
  expect(await mountRoot(sys, options)).toMatchObject({
    evidence: ['/dev/vda1 (254:1) is write-protected', '[2.1] vda1: protected'],
    advice: [{ command: 'blockdev --setrw /dev/vda1' }, { command: 'mount -o remount,rw /sysroot' }],
  });
});

test('mountRoot() takes the options of the fstab of the root by a remount', async () => {
  const sys = checked().answer(mountCommand('rw'), {}, appears());
  sys.file('/sysroot/etc/fstab', '/dev/vda1 / ext4 defaults,errors=remount-ro,noatime,x-foo 0 1\n');
  sys.answer(`${bb} mount -o remount,rw,errors=remount-ro,noatime /dev/vda1 /sysroot`, {}, appears({ ...sysroot, options: 'rw,noatime' }));
  expect(await mountRoot(sys, options)).toMatchObject({ detail: '/dev/vda1 on /sysroot: ext4 rw,noatime' });
});

test('mountRoot() does not remount when the mount shows all that fstab wants', async () => {
  const sys = checked().answer(mountCommand('rw'), {}, appears({ ...sysroot, superOptions: 'rw,errors=remount-ro' }));
  sys.file('/sysroot/etc/fstab', 'UUID=1 / ext4 errors=remount-ro 0 1\n');
  expect(await mountRoot(sys, options)).toMatchObject({ kind: 'done' });
  expect(sys.ran).toHaveLength(1);
});

test('mountRoot() honours a root that its fstab wants read-only', async () => {
  const sys = checked().answer(mountCommand('rw'), {}, appears()).file('/sysroot/etc/fstab', 'UUID=1 / ext4 ro 0 1\n');
  sys.answer(`${bb} mount -o remount,ro /dev/vda1 /sysroot`, {}, appears({ ...sysroot, options: 'ro' }));
  expect(await mountRoot(sys, options)).toMatchObject({ kind: 'done', detail: '/dev/vda1 on /sysroot: ext4 ro,rw' });
});

test('mountRoot() reports a broken fstab and refused options, and goes on', async () => {
  const problems: Problem[] = [];
  const sys = checked().answer(mountCommand('rw'), {}, appears()).file('/sysroot/etc/fstab', 'junk\nUUID=1 / ext4 frob 0 1\n');
  sys.answer(`${bb} mount -o remount,rw,frob /dev/vda1 /sysroot`, { code: 255, stderr: 'mount: Invalid argument' });
  expect(await mountRoot(sys, { ...options, onProblem: (each) => problems.push(each) })).toMatchObject({ kind: 'done' });
  expect(problems.map(({ file, line, value }) => `${file}:${line} ${value}`)).toEqual(['/etc/fstab:1 junk', '/etc/fstab:2 frob']);
});

test('mountRoot() goes on from what an agent that died left: mounted, or mounted read-only, or entered', async () => {
  expect(await mountRoot(setMounts(new FakeSys(), toolboxTable(sysroot)), options)).toMatchObject({ kind: 'done' });
  expect(await mountRoot(setMounts(new FakeSys(), rootTable()), options)).toMatchObject({ detail: 'the root is entered already' });
  const sys = setMounts(new FakeSys(), toolboxTable({ ...sysroot, options: 'ro' }));
  sys.answer(`${bb} mount -o remount,rw /sysroot`, {}, appears());
  expect(await mountRoot(sys, options)).toMatchObject({ kind: 'done' });
});

test('verifyMounted() wants a writable root at /sysroot', async () => {
  expect(await verifyMounted(checked())).toBe('nothing is mounted at /sysroot');
  expect(await verifyMounted(setMounts(new FakeSys(), toolboxTable({ ...sysroot, options: 'ro' })))).toBe('/sysroot is mounted read-only');
  const wanted = setMounts(new FakeSys(), toolboxTable({ ...sysroot, options: 'ro' })).file(
    '/sysroot/etc/fstab',
    '/dev/vda1 / ext4 ro 0 1',
  );
  expect(await verifyMounted(wanted)).toBeUndefined();
  expect(await verifyMounted(setMounts(new FakeSys(), toolboxTable(sysroot)))).toBeUndefined();
});
