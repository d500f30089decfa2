import { describe, expect, test } from 'vitest';
import { applyKernelMounts } from '../../../src/init/kernel-mounts.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const mountinfo = (...points: readonly string[]) =>
  points.map((point, index) => `${index + 30} 20 0:${index + 30} / ${point} rw - tmpfs x rw\n`).join('');
const OUTPUT = 'mount -n -t tmpfs -o size=64m,mode=0700,nodev,nosuid,noexec lifeboot-output /run/lifeboot/scripts/output';
const LOCK = 'mount -n -t tmpfs -o nodev,noexec,nosuid,size=5242880,mode=1777 tmpfs /run/lock';
const SHM = 'mount -n -t tmpfs -o nosuid,nodev,noexec,size=20%,mode=1777 tmpfs /dev/shm';
const PTS = 'mount -n -t devpts -o noexec,nosuid,gid=5,mode=620,ptmxmode=0666 devpts /dev/pts';
const LINKS = [
  '/proc/self/fd /dev/fd',
  'fd/0 /dev/stdin',
  'fd/1 /dev/stdout',
  'fd/2 /dev/stderr',
  '/dev/shm /run/shm',
  '/proc/mounts /etc/mtab',
].map((words) => `ln -sfn ${words}`);

function machine(...mounted: readonly string[]): FakeSys {
  const sys = new FakeSys()
    .dir('/run')
    .dir('/dev')
    .file('/proc/self/mountinfo', mountinfo('/', '/run', ...mounted));
  for (const command of [OUTPUT, LOCK, SHM, PTS, ...LINKS]) sys.answer(command);
  return sys;
}

describe('applyKernelMounts()', () => {
  test('mounts what is missing and marks /run, so that bootclean spares the toolbox', async () => {
    const sys = machine();
    expect(await applyKernelMounts(sys)).toEqual([]);
    expect(sys.ran.toSorted()).toEqual([OUTPUT, LOCK, SHM, PTS, ...LINKS].toSorted());
    expect(await sys.facts('/run/.tmpfs')).toBeDefined();
    expect(await sys.facts('/run/sendsigs.omit.d')).toMatchObject({ kind: 'directory' });
  });

  test('leaves alone what is there', async () => {
    const sys = machine('/run/lock', '/dev/shm', '/dev/pts', '/run/lifeboot/scripts/output');
    for (const path of ['/dev/fd', '/dev/stdin', '/dev/stdout', '/dev/stderr', '/run/shm', '/etc/mtab']) sys.link(path, 'x');
    expect(await applyKernelMounts(sys)).toEqual([]);
    expect(sys.ran).toEqual([]);
  });

  test('mounts a kernel filesystem only where the kernel has one', async () => {
    const command = 'mount -n -t pstore -o nodev,noexec,nosuid pstore /sys/fs/pstore';
    const sys = machine().dir('/sys/fs/pstore').answer(command);
    await applyKernelMounts(sys);
    expect(sys.ran).toContain(command);
  });

  describe('gives scripts their cgroups', () => {
    const filesystems = 'nodev\tsysfs\nnodev\tcgroup\nnodev\tcgroup2\n';
    const mount = 'mount -n -t cgroup2 -o nosuid,nodev,noexec lifeboot-cgroup /run/lifeboot/cgroup';

    test('by a mount of its own', async () => {
      const sys = machine().file('/proc/filesystems', filesystems).answer(mount);
      expect(await applyKernelMounts(sys)).toEqual([]);
      expect(sys.ran).toContain(mount);
      expect(await sys.facts('/run/lifeboot/cgroup/lifeboot')).toMatchObject({ kind: 'directory' });
    });

    test('by binding what the image has mounted, whose options a second mount would change', async () => {
      const bind = 'mount -n --bind /sys/fs/cgroup /run/lifeboot/cgroup';
      const sys = machine()
        .file('/proc/filesystems', filesystems)
        .file('/proc/self/mountinfo', `${mountinfo('/', '/run')}40 20 0:40 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n`)
        .answer(bind);
      expect(await applyKernelMounts(sys)).toEqual([]);
      expect(sys.ran).toContain(bind);
    });

    test('not where the kernel has only those of version 1', async () => {
      const sys = machine().file('/proc/filesystems', filesystems.replace('cgroup2', 'btrfs'));
      expect(await applyKernelMounts(sys)).toEqual([]);
      expect(await sys.facts('/run/lifeboot/cgroup')).toBeUndefined();
    });

    test('and goes on without when the mount is refused, as in a container', async () => {
      const sys = machine().file('/proc/filesystems', filesystems).answer(mount, { code: 32, stderr: 'permission denied' });
      expect(await applyKernelMounts(sys)).toEqual([`${mount}: permission denied`]);
      expect(await sys.facts('/run/lifeboot/cgroup/lifeboot')).toBeUndefined();
    });
  });

  test('leaves the tmpfs to the scripts when somebody set their sizes', async () => {
    const sys = machine().file('/etc/default/tmpfs', 'SHM_SIZE=1g\n');
    await applyKernelMounts(sys);
    expect(sys.ran).not.toContain(SHM);
  });

  test('lets the options of fstab count for what is mounted already', async () => {
    const remount = 'mount -n -o remount,hidepid=2 /proc';
    const sys = machine('/proc')
      .file('/etc/fstab', 'proc /proc proc defaults,hidepid=2 0 0\nsysfs /sys sysfs defaults 0 0\n')
      .answer(remount);
    await applyKernelMounts(sys);
    expect(sys.ran).toContain(remount);
  });

  test('tells of what failed and goes on', async () => {
    const sys = new FakeSys().dir('/run').dir('/dev').file('/proc/self/mountinfo', mountinfo('/', '/run'));
    for (const command of [OUTPUT, SHM, PTS, ...LINKS]) sys.answer(command);
    sys.answer(LOCK, { code: 32, stderr: 'mount: no memory\n' });
    expect(await applyKernelMounts(sys)).toEqual([`${LOCK}: mount: no memory`]);
    expect(await sys.facts('/run/.tmpfs')).toBeDefined();
  });
});
