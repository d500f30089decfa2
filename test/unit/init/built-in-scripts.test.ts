import { describe, expect, test } from 'vitest';
import { builtIns, findBuiltIn } from '../../../src/init/built-in-scripts.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const machine = (fstab = '/dev/vda / ext4 errors=remount-ro 0 1\nproc /proc proc defaults 0 0\n') =>
  new FakeSys().dir('/tmp').file('/etc/fstab', fstab);
const isBuiltIn = async (sys: FakeSys, name: string, action: 'start' | 'stop' = 'start') =>
  (await findBuiltIn(sys, name, action)) !== undefined;

describe('findBuiltIn()', () => {
  test.each([
    'mountkernfs.sh',
    'mountdevsubfs.sh',
    'checkroot.sh',
    'checkfs.sh',
    'checkroot-bootclean.sh',
    'mountall-bootclean.sh',
    'mountnfs.sh',
    'mountnfs-bootclean.sh',
  ])('has %s on a plain server', async (name) => {
    expect(await isBuiltIn(machine(), name)).toBe(true);
  });

  test.each(['udev', 'networking', 'procps', 'hostname.sh', 'kmod', 'urandom', 'bootmisc.sh', 'ssh', 'sendsigs', 'halt'])(
    'lets %s start by itself',
    async (name) => {
      expect(await isBuiltIn(machine(), name)).toBe(false);
    },
  );

  test.each(['sendsigs', 'umountfs', 'umountroot', 'halt', 'reboot'])('has the way down of %s', async (name) => {
    expect(await isBuiltIn(machine(), name, 'stop')).toBe(true);
  });

  test.each(['umountnfs.sh', 'hwclock.sh', 'urandom', 'networking', 'udev', 'rsyslog'])('lets %s stop by itself', async (name) => {
    expect(await isBuiltIn(machine(), name, 'stop')).toBe(false);
  });

  test('leaves the data disks to checkfs.sh when there are some, and removes the flags when there are none', async () => {
    expect(await isBuiltIn(machine('/dev/vdb /srv ext4 defaults 0 2\n'), 'checkfs.sh')).toBe(false);
    const sys = machine().file('/forcefsck', '').file('/fastboot', '');
    await (await findBuiltIn(sys, 'checkfs.sh', 'start'))?.apply?.(sys, '');
    expect(await sys.facts('/forcefsck')).toBeUndefined();
    expect(await sys.facts('/fastboot')).toBeUndefined();
  });

  test('leaves waiting for network filesystems to mountnfs.sh when there are some', async () => {
    expect(await isBuiltIn(machine('host:/x /var/x nfs4 defaults 0 0\n'), 'mountnfs.sh')).toBe(false);
  });

  test('leaves it to the scripts when fstab has parts elsewhere', async () => {
    const sys = machine().file('/etc/fstab.d/data.fstab', '');
    expect([await isBuiltIn(sys, 'checkfs.sh'), await isBuiltIn(sys, 'mountnfs.sh')]).toEqual([false, false]);
  });

  test('leaves cleaning to bootclean when /tmp holds something', async () => {
    expect(await isBuiltIn(machine().dir('/tmp/lost+found'), 'mountall-bootclean.sh')).toBe(true);
    expect(await isBuiltIn(machine().file('/tmp/left', ''), 'mountall-bootclean.sh')).toBe(false);
  });

  test('leaves mounting to mountkernfs.sh when somebody set sizes for it', async () => {
    expect(await isBuiltIn(machine().file('/etc/default/tmpfs', '# LOCK_SIZE=1\n'), 'mountkernfs.sh')).toBe(true);
    expect(await isBuiltIn(machine().file('/etc/default/tmpfs', 'LOCK_SIZE=1\n'), 'mountkernfs.sh')).toBe(false);
  });
});

test('builtIns says of each script why, and what becomes of its other effects', () => {
  for (const { why, sideEffects } of builtIns) expect([why.length, sideEffects.length].every((length) => length > 0)).toBe(true);
  expect(new Set(builtIns.map(({ name, action, why }) => `${name} ${action} ${why}`)).size).toBe(builtIns.length);
});

describe('findBuiltIn() of mountall.sh', () => {
  const fstab = (text: string) => new FakeSys().dir('/etc').file('/etc/fstab', `/dev/vda / ext4 defaults 0 1\n${text}`);

  test.each([
    ['nothing but the root', ''],
    ['what the kernel offers', 'proc /proc proc hidepid=2 0 0\n'],
    ['what is not mounted at boot', '/dev/sr0 /media auto noauto 0 0\n'],
  ])('takes its place when fstab has %s', async (_, text) => {
    expect(await findBuiltIn(fstab(text), 'mountall.sh', 'start')).toBeDefined();
  });

  test.each([
    ['a data disk', '/dev/vdb /srv ext4 defaults 0 2\n'],
    ['swap', '/dev/vdc none swap sw 0 0\n'],
    ['a tmpfs', 'tmpfs /tmp tmpfs size=10% 0 0\n'],
    ['a bind mount', '/srv/www /var/www none bind 0 0\n'],
  ])('leaves it to the script when fstab has %s', async (_, text) => {
    expect(await findBuiltIn(fstab(text), 'mountall.sh', 'start')).toBeUndefined();
  });

  test('leaves it to the script when the image sets sizes of its own', async () => {
    expect(await findBuiltIn(fstab('').file('/etc/default/tmpfs', 'RAMTMP=yes\n'), 'mountall.sh', 'start')).toBeUndefined();
  });
});
