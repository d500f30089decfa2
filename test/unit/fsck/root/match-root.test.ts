import { expect, test } from 'vitest';
import { type BlockDevice, describeDevice, parseBlkid } from '../../../../src/fsck/root/block-devices.ts';
import { chooseType, matchRoot } from '../../../../src/fsck/root/match-root.ts';
import { parseRootOption, type RootWish } from '../../../../src/fsck/root/root-option.ts';
import { linksOf } from '../../../../src/fsck/root/udev-links.ts';

const device = (name: string, more: Partial<BlockDevice> = {}): BlockDevice => ({
  ...{ name, path: `/dev/${name}`, links: [], number: '0:0', sizeBytes: 2 ** 30, tags: {} },
  ...more,
});

const devices: readonly BlockDevice[] = [
  device('vda', { number: '254:0' }),
  device('vda1', { number: '254:1', partition: { disk: 'vda', number: 1 }, tags: { TYPE: 'vfat', UUID: 'ABCD-1234', PARTUUID: 'aa-01' } }),
  device('vda2', { number: '254:2', partition: { disk: 'vda', number: 2 }, tags: { TYPE: 'ext4', LABEL: 'root', PARTLABEL: 'a' } }),
  device('vdb2', { number: '254:18', partition: { disk: 'vdb', number: 2 }, tags: { TYPE: 'ext4', LABEL: 'Root' } }),
  device('dm-0', { number: '253:0', links: ['/dev/mapper/vg-lv', '/dev/vg/lv'], tags: { LABEL: 'copy' } }),
  device('sdb', { number: '8:16', tags: { LABEL: 'copy' } }),
];

test.each([
  ['/dev/vda2', ['vda2']],
  ['/dev/vg/lv', ['dm-0']],
  ['/dev/vda9', []],
  ['254:1', ['vda1']],
  ['UUID=abcd-1234', ['vda1']],
  ['LABEL=root', ['vda2']],
  ['PARTUUID=AA-01', ['vda1']],
  ['PARTUUID=aa-01/PARTNROFF=1', ['vda2']],
  ['PARTUUID=aa-01/PARTNROFF=2', []],
  ['PARTLABEL=a', ['vda2']],
  ['LABEL=copy', ['dm-0', 'sdb']],
])('matchRoot() finds what root=%s means', (word, names) => {
  const found = matchRoot(parseRootOption(word) as RootWish, devices);
  expect(found.map(({ name }) => name)).toEqual(names);
});

test('matchRoot() takes a btrfs on several devices for one, and two copies of it for two', () => {
  const member = (name: string, sub: string) => device(name, { tags: { TYPE: 'btrfs', UUID: 'aa', LABEL: 'pool', UUID_SUB: sub } });
  const names = (...members: readonly BlockDevice[]) =>
    matchRoot({ kind: 'tag', tag: 'LABEL', value: 'pool' }, members).map(({ name }) => name);
  expect(names(member('vda', '1'), member('vdb', '2'), member('vdc', '3'))).toEqual(['vda']);
  expect(names(member('vda', '1'), member('vdb', '1'))).toEqual(['vda', 'vdb']);
  expect(names(member('vda', '1'), device('vdb', { tags: { TYPE: 'btrfs', UUID: 'bb', LABEL: 'pool', UUID_SUB: '2' } }))).toEqual([
    'vda',
    'vdb',
  ]);
});

test.each([
  ['ext4', '', 'ext4'],
  ['ext4', 'auto', 'ext4'],
  ['ext4', 'xfs,ext4', 'ext4'],
  ['ext3', 'ext4', 'ext4'],
  [undefined, 'btrfs,ext4', 'btrfs'],
  [undefined, '', undefined],
])('chooseType() with %s on the disk and rootfstype=%s is %s', (found, wanted, type) => {
  expect(chooseType(found, wanted)).toBe(type);
});

test('parseBlkid() takes the tags of the file system and of the partition', () => {
  const text = 'DEVNAME=/dev/vda2\nLABEL=my\\ root\nUUID=a7a9\nTYPE=ext4\nPART_ENTRY_NAME=Linux\\ \\"x\\"\nPART_ENTRY_UUID=aa-02\n';
  expect(parseBlkid(text)).toEqual({ TYPE: 'ext4', UUID: 'a7a9', LABEL: 'my root', PARTUUID: 'aa-02', PARTLABEL: 'Linux "x"' });
  expect(parseBlkid('')).toEqual({});
});

test('describeDevice() says what a person looks for', () => {
  expect(describeDevice(device('sda', { sizeBytes: 42949672960, tags: { TYPE: 'xfs', LABEL: 'r' } }))).toBe(
    '/dev/sda 40.0 GiB xfs LABEL=r',
  );
  expect(describeDevice(device('sda', { sizeBytes: 2 ** 20 }))).toBe('/dev/sda 1 MiB nothing known on it');
});

const pci = '../../devices/pci0000:00/0000:00:04.0';
test.each([
  [
    { place: `${pci}/virtio1/block/vda/vda1`, partition: '1', serial: 'abc' },
    ['by-id/virtio-abc-part1', 'by-path/pci-0000:00:04.0-part1', 'by-path/virtio-pci-0000:00:04.0-part1'],
  ],
  [{ place: `${pci}/nvme/nvme0/nvme0n1`, wwid: 'eui.0025' }, ['by-id/nvme-eui.0025', 'by-path/pci-0000:00:04.0-nvme-1']],
  [
    { place: `${pci}/host2/target2:0:1/2:0:1:0/block/sdb`, wwid: 'naa.5000c5' },
    ['by-id/wwn-0x5000c5', 'by-path/pci-0000:00:04.0-scsi-0:0:1:0'],
  ],
  [{ place: `${pci}/ata1/host0/target0:0:0/0:0:0:0/block/sda` }, []],
  [{ place: '../../devices/virtual/block/loop0' }, []],
])('linksOf() %j', (given, links) => {
  const { place, partition = '', serial = '', wwid = '' } = given as { place: string; partition?: string; serial?: string; wwid?: string };
  expect(linksOf({ place, partition, mapperName: '', ids: { serial, wwid } })).toEqual(links.map((link) => `/dev/disk/${link}`));
});

test('linksOf() undoes the doubled hyphens of a logical volume', () => {
  const at = (mapperName: string) => linksOf({ place: '', partition: '', mapperName, ids: { serial: '', wwid: '' } });
  expect(at('my--vg-my--root')).toEqual(['/dev/mapper/my--vg-my--root', '/dev/my-vg/my-root']);
  expect(at('luks')).toEqual(['/dev/mapper/luks']);
});
