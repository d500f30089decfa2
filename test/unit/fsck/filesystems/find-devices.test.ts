import { expect, test } from 'vitest';
import { awaitDevice, disksOf, findDevice } from '../../../../src/fsck/filesystems/find-devices.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

test.each([
  ['/dev/sda1', '/dev/sda1'],
  ['LABEL=data', '/dev/disk/by-label/data'],
  ['LABEL="data"', '/dev/disk/by-label/data'],
  ['LABEL=my disk', '/dev/disk/by-label/my\\x20disk'],
  ['UUID=1-2', '/dev/disk/by-uuid/1-2'],
  ['PARTUUID=1-2', '/dev/disk/by-partuuid/1-2'],
  ['PARTLABEL=home', '/dev/disk/by-partlabel/home'],
])('findDevice() finds %j by the link of udev', async (source, path) => {
  expect(await findDevice(new FakeSys().special(path), source)).toBe(path);
});

test('findDevice() asks blkid where there is no udev', async () => {
  const sys = new FakeSys().answer('blkid -c /dev/null -l -o device -t UUID=1-2', { stdout: '/dev/vdb\n' });
  expect(await findDevice(sys, 'UUID=1-2')).toBe('/dev/vdb');
});

test('awaitDevice() waits until it appears', async () => {
  const sys = new FakeSys();
  void sys.clock.sleep(3000).then(() => sys.special('/dev/late'));
  expect(await awaitDevice(sys, '/dev/late', 10_000)).toBe('/dev/late');
  expect(sys.uptimeMs()).toBeLessThan(6000);
});

test('awaitDevice() gives up at its deadline', async () => {
  const sys = new FakeSys();
  const beganMs = sys.uptimeMs();
  expect(await awaitDevice(sys, '/dev/never', 10_000)).toBeUndefined();
  expect(sys.uptimeMs() - beganMs).toBe(10_000);
});

test('disksOf() names the disk of a partition and all disks below a stack', async () => {
  const sys = new FakeSys()
    .link('/dev/mapper/vg-lv', '../dm-0')
    .dir('/sys/class/block/dm-0/slaves/md0')
    .dir('/sys/class/block/md0/slaves/sda1')
    .dir('/sys/class/block/md0/slaves/sdb');
  sys.file('/sys/devices/pci/block/sda/sda1/partition', '1\n').link('/sys/class/block/sda1', '../../devices/pci/block/sda/sda1');
  expect(await disksOf(sys, '/dev/mapper/vg-lv')).toEqual(['sda', 'sdb']);
  expect(await disksOf(sys, '/dev/sda1')).toEqual(['sda']);
  expect(await disksOf(sys, '/dev/vdb')).toEqual(['vdb']);
});
