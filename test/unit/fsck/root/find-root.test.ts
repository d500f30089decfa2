import { expect, test } from 'vitest';
import { type FindOptions, findRoot, verifyFound } from '../../../../src/fsck/root/find-root.ts';
import { parseRootFacts } from '../../../../src/sys/root-facts.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const blank = '1 0 0:2 / / rw - tmpfs lifeboot rw\n2 1 0:2 / /run/lifeboot rw - tmpfs lifeboot rw\n';

function machine(mounts = blank): FakeSys {
  return new FakeSys()
    .dir('/sys/class/block')
    .file('/proc/self/mountinfo', mounts)
    .file('/run/lifeboot/stage1', 'mode=initramfs\nstarted_ms=7\n');
}

function disk(sys: FakeSys, name: string, number: string, blkid: string): FakeSys {
  const at = `/sys/class/block/${name}`;
  return sys
    .file(`${at}/dev`, `${number}\n`)
    .file(`${at}/size`, '2097152\n')
    .answer(`blkid -p -o export /dev/${name}`, blkid === '' ? { code: 2 } : { stdout: blkid });
}

const options = (wanted: string | undefined, more: Partial<FindOptions> = {}): FindOptions => ({
  ...{ root: { mode: 'initramfs' }, wanted, rootfstype: '', waitMs: 30_000, waitsOn: false },
  ...more,
});
const facts = async (sys: FakeSys) => parseRootFacts((await sys.readText('/run/lifeboot/stage1')) ?? '');

test('findRoot() is done at once when stage 1 found the root mounted', async () => {
  expect(await findRoot(new FakeSys(), options(undefined, { root: { mode: 'root' } }))).toMatchObject({ kind: 'done' });
});

test('findRoot() leaves device and type in the facts, once, and loads the file system', async () => {
  const sys = disk(machine(), 'vda', '254:0', 'LABEL=root\nTYPE=ext4\n').answer('modprobe -b -q ext4');
  for (const _ of [1, 2]) expect(await findRoot(sys, options('LABEL=root'))).toMatchObject({ kind: 'done' });
  expect(await facts(sys)).toEqual({ source: '/dev/vda', fsType: 'ext4', mode: 'initramfs', startedMs: 7 });
  expect((await sys.readText('/run/lifeboot/stage1'))?.match(/root_source/g)).toHaveLength(1);
});

test('findRoot() loads the driver that brings the disk, and the one that this one brings', async () => {
  const sys = machine()
    .file('/sys/bus/pci/devices/0000:00:04.0/modalias', 'pci:v1AF4\n')
    .answer(
      'modprobe -a -b -q pci:v1AF4',
      {},
      {
        effect: (world) =>
          world.link('/sys/bus/pci/devices/0000:00:04.0/driver', 'x').file('/sys/bus/virtio/devices/virtio0/modalias', 'virtio:d2\n'),
      },
    )
    .answer(
      'modprobe -a -b -q virtio:d2',
      {},
      {
        effect: (world) => disk(world.link('/sys/bus/virtio/devices/virtio0/driver', 'x'), 'vda', '254:0', 'TYPE=xfs\n'),
      },
    )
    .answer('modprobe -b -q xfs');
  expect(await findRoot(sys, options('/dev/vda'))).toMatchObject({ kind: 'done' });
});

test('findRoot() waits for a disk that is late', async () => {
  const sys = machine();
  const finding = findRoot(sys, options('254:0', { rootfstype: 'ext4' }));
  setTimeout(() => disk(sys, 'vda', '254:0', '').answer('modprobe -b -q ext4'), 0);
  expect(await finding).toMatchObject({ kind: 'done' });
  expect(sys.events).toContain('phase find-root waiting');
});

test('findRoot() holds with the list of what is there, when the time is over', async () => {
  const sys = disk(disk(machine(), 'vda', '254:0', 'LABEL=data\nTYPE=ext4\n'), 'vdb', '254:16', '');
  const result = await findRoot(sys, options('LABEL=root'));
  expect(result).toMatchObject({ kind: 'held', reason: 'no root device: LABEL=root did not appear within 30 s' });
  expect(result).toMatchObject({ evidence: ['/dev/vda 1.0 GiB ext4 LABEL=data', '/dev/vdb 1.0 GiB nothing known on it'] });
  expect(sys.uptimeMs()).toBeGreaterThan(30_000);
});

test('findRoot() with rootwait goes on waiting until it is told to stop, and says so again and again', async () => {
  const sys = machine();
  const stop = new AbortController();
  const finding = findRoot(sys, options('/dev/vda', { waitsOn: true, signal: stop.signal }));
  void sys.sleep(100_000).then(() => stop.abort());
  expect(await finding).toMatchObject({ kind: 'held', reason: 'no root device: /dev/vda did not appear' });
  expect(sys.events.filter((event) => event === 'phase find-root waiting').length).toBeGreaterThan(2);
});

test('findRoot() holds when two disks have the name: nothing says which is the copy', async () => {
  const sys = disk(disk(machine(), 'vda', '254:0', 'UUID=1-2\nTYPE=ext4\n'), 'vdb', '254:16', 'UUID=1-2\nTYPE=ext4\n');
  expect(await findRoot(sys, options('UUID=1-2'))).toMatchObject({ kind: 'held', reason: 'UUID=1-2 is the name of 2 devices' });
});

test('findRoot() holds for a word that it cannot read, and for none, without waiting', async () => {
  const sys = disk(machine(), 'vda', '254:0', '');
  expect(await findRoot(sys, options('/dev/nfs'))).toMatchObject({
    reason: expect.stringMatching(/^root=\/dev\/nfs is no block device.*accepted/),
  });
  expect(await findRoot(sys, options(undefined))).toMatchObject({ reason: 'the kernel command line has no root=' });
  expect(sys.uptimeMs()).toBeLessThan(2000);
});

test('verifyFound() takes what an operator has mounted', async () => {
  const sys = machine(`${blank}3 1 254:0 / /sysroot ro - ext4 /dev/vda ro\n`);
  expect(await verifyFound(sys, options('/dev/nowhere'))).toBeUndefined();
  expect(await facts(sys)).toMatchObject({ source: '/dev/vda', fsType: 'ext4' });
  expect(await verifyFound(machine(), options('/dev/nowhere'))).toBe('no root device: /dev/nowhere did not appear within 0 s');
});
