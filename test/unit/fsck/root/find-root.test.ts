import { expect, test } from 'vitest';
import { type FindOptions, findRoot, verifyFound } from '../../../../src/fsck/root/find-root.ts';
import type { LuksKnowledge } from '../../../../src/fsck/storage/luks-devices.ts';
import { noStorageWords, type StorageWords } from '../../../../src/fsck/storage/storage-words.ts';
import type { Problem } from '../../../../src/sys/problem.ts';
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

const options = (root: string | undefined, more: Partial<FindOptions> = {}): FindOptions => ({
  ...{ root: { mode: 'initramfs' }, known: knowing(root), rootfstype: '', waitMs: 30_000, waitsOn: false },
  ...more,
});
const knowing = (root: string | undefined, words: Partial<StorageWords> = {}): LuksKnowledge => ({
  ...{ root, crypttab: [], words: { ...noStorageWords, ...words } },
});
const facts = async (sys: FakeSys) => parseRootFacts((await sys.readText('/run/lifeboot/stage1')) ?? '');

test('findRoot() is done at once when stage 1 found the root mounted', async () => {
  expect(await findRoot(new FakeSys(), options(undefined, { root: { mode: 'root' } }))).toMatchObject({ kind: 'done' });
});

test('findRoot() gives what the kernel itself mounted as /dev/root the name that root= says', async () => {
  const root = { mode: 'root', source: '/dev/root', fsType: 'btrfs' } as const;
  const sys = disk(machine(), 'vda2', '254:2', 'LABEL=pool\nTYPE=btrfs\n');
  expect(await findRoot(sys, options('LABEL=pool', { root }))).toMatchObject({
    kind: 'done',
    detail: expect.stringMatching(/\/dev\/vda2/),
  });
  expect(await facts(sys)).toMatchObject({ source: '/dev/vda2', fsType: 'btrfs' });
  expect(await findRoot(sys, options('LABEL=other', { root }))).toMatchObject({ kind: 'done' });
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

const LUKS = 'UUID=u-1\nTYPE=crypto_LUKS\n';

test('findRoot() holds at once for a device that a word names and only a person can open', async () => {
  const sys = disk(machine(), 'vda', '254:0', LUKS).file('/run/lifeboot/bin/cryptsetup', '');
  const known = knowing('/dev/mapper/root', { luks: [{ source: 'UUID=u-1', name: 'root', options: [] }] });
  expect(await findRoot(sys, options('', { known, waitsOn: true }))).toMatchObject({
    kind: 'held',
    reason: 'no root device: /dev/mapper/root did not appear; the root is locked: /dev/vda (LUKS)',
    advice: expect.arrayContaining([{ command: 'lifeboot unlock', does: 'asks for the passphrase, and the boot goes on' }]),
  });
  expect(sys.uptimeMs()).toBeLessThan(2000);
});

test('findRoot() waits for a root beside a locked device that no word names, and then speaks of it', async () => {
  const sys = disk(machine(), 'vda', '254:0', LUKS);
  expect(await findRoot(sys, options('LABEL=root'))).toMatchObject({
    reason: 'no root device: LABEL=root did not appear within 30 s; it may be locked in: /dev/vda (LUKS)',
    evidence: ['/dev/vda: cryptsetup is not in the toolbox: build it with --with luks', '/dev/vda 1.0 GiB crypto_LUKS (locked) UUID=u-1'],
  });
});

test('findRoot() names a locked device that a word wants and that is not there', async () => {
  const known = knowing('LABEL=root', { luks: [{ source: 'UUID=u-9', name: undefined, options: [] }] });
  const sys = disk(machine(), 'vda', '254:0', 'TYPE=ext4\n');
  expect(await findRoot(sys, options('', { known }))).toMatchObject({
    evidence: ['UUID=u-9, LUKS by the kernel command line, is not there', '/dev/vda 1.0 GiB ext4'],
  });
});

test('findRoot() takes no member of an array for the root, whatever its label', async () => {
  const sys = disk(machine(), 'vda', '254:0', 'LABEL=root\nTYPE=linux_raid_member\n')
    .answer('modprobe -b -q md_mod')
    .answer('modprobe -b -q ext4')
    .answer(
      'mdadm --incremental --config=/run/lifeboot/mdadm.conf /dev/vda',
      {},
      { effect: (world) => disk(world, 'md0', '9:0', 'LABEL=root\nTYPE=ext4\n') },
    );
  expect(await findRoot(sys, options('LABEL=root'))).toMatchObject({ kind: 'done', detail: '/dev/md0 1.0 GiB ext4 LABEL=root' });
});

test('findRoot() starts an array that lacks a member after two thirds of the time, and tells', async () => {
  const start = 'mdadm --incremental --run --scan --config=/run/lifeboot/mdadm.conf';
  let startedMs = 0;
  const sys = disk(machine(), 'vda', '254:0', 'TYPE=linux_raid_member\n')
    .answer('modprobe -b -q md_mod')
    .answer('modprobe -b -q ext4')
    .answer('mdadm --incremental --config=/run/lifeboot/mdadm.conf /dev/vda')
    .answer(
      start,
      {},
      {
        effect: (world) => {
          startedMs = world.uptimeMs();
          disk(world, 'md0', '9:0', 'LABEL=root\nTYPE=ext4\n').dir('/sys/class/block/md0/slaves');
          world
            .file('/sys/class/block/md0/md/degraded', '1\n')
            .file('/sys/class/block/md0/md/raid_disks', '2\n')
            .file('/sys/class/block/md0/md/level', 'raid1\n');
        },
      },
    );
  const told: Problem[] = [];
  expect(await findRoot(sys, options('LABEL=root', { onDegraded: (problem) => void told.push(problem) }))).toMatchObject({ kind: 'done' });
  expect(startedMs).toBeGreaterThan(20_000);
  expect(startedMs).toBeLessThan(23_000);
  expect(told).toMatchObject([{ file: '/dev/md0', message: expect.stringMatching(/DEGRADED, with 1 of 2 members/) }]);
});

test('findRoot() leaves alone what rd.md=0 switches off, and says that it does', async () => {
  const sys = disk(machine(), 'vda', '254:0', 'TYPE=linux_raid_member\n');
  expect(await findRoot(sys, options('', { known: knowing('/dev/md0', { off: ['md'] }) }))).toMatchObject({
    evidence: expect.arrayContaining(['rd.md=0 on the kernel command line: /dev/vda left alone']),
  });
});

test("findRoot() leaves udev a record of the device mapper's devices, once, for good", async () => {
  const sys = disk(machine(), 'dm-0', '253:0', 'LABEL=root\nTYPE=ext4\n').answer('modprobe -b -q ext4');
  sys.file('/sys/class/block/dm-0/dm/name', 'vg-root\n');
  sys.special('/dev/mapper/vg-root');
  for (const _ of [1, 2]) expect(await findRoot(sys, options('/dev/vg/root'))).toMatchObject({ kind: 'done' });
  expect(await facts(sys)).toMatchObject({ source: '/dev/mapper/vg-root' });
  expect(await sys.readText('/run/udev/data/b253:0')).toMatch(/^I:\d+\nE:DM_UDEV_PRIMARY_SOURCE_FLAG=1\n/);
  expect((await sys.facts('/run/udev/data/b253:0'))?.mode).toBe(0o1644);
  expect(sys.journal.filter((call) => call === 'write /run/udev/data/b253:0')).toHaveLength(1);
});

test('findRoot() makes the record that udev has written last for good, too: a soft reboot starts udev anew', async () => {
  const sys = disk(machine(), 'dm-0', '253:0', 'LABEL=root\nTYPE=ext4\n').answer('modprobe -b -q ext4');
  sys.file('/run/udev/data/b253:0', 'S:mapper/vg-root\nE:DM_UDEV_PRIMARY_SOURCE_FLAG=1\n');
  expect(await findRoot(sys, options('LABEL=root'))).toMatchObject({ kind: 'done' });
  expect(await sys.readText('/run/udev/data/b253:0')).toBe('S:mapper/vg-root\nE:DM_UDEV_PRIMARY_SOURCE_FLAG=1\n');
  expect((await sys.facts('/run/udev/data/b253:0'))?.mode).toBe(0o1644);
});
