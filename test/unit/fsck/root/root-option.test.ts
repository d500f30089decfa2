import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeWish, parseRootOption } from '../../../../src/fsck/root/root-option.ts';

const uuid = '00112233-4455-6677-8899-AABBCCDDEEFF';

// init/do_mounts.c and bootparam(7) of the kernel, dracut.cmdline(7), initramfs-tools(7).
test.each([
  ['/dev/sda1', { kind: 'device', path: '/dev/sda1' }],
  ['/dev/mmcblk0p2', { kind: 'device', path: '/dev/mmcblk0p2' }],
  ['/dev/mapper/vg-root', { kind: 'device', path: '/dev/mapper/vg-root' }],
  ['/dev/vg/root', { kind: 'device', path: '/dev/vg/root' }],
  [`UUID=${uuid}`, { kind: 'tag', tag: 'UUID', value: uuid }],
  [`UUID="${uuid}"`, { kind: 'tag', tag: 'UUID', value: uuid }],
  ['LABEL=my root', { kind: 'tag', tag: 'LABEL', value: 'my root' }],
  ['LABEL=a=b', { kind: 'tag', tag: 'LABEL', value: 'a=b' }],
  ["LABEL='/'", { kind: 'tag', tag: 'LABEL', value: '/' }],
  [`PARTUUID=${uuid}`, { kind: 'tag', tag: 'PARTUUID', value: uuid }],
  ['PARTUUID=1a2b3c4d-02', { kind: 'tag', tag: 'PARTUUID', value: '1a2b3c4d-02' }],
  [`PARTUUID=${uuid}/PARTNROFF=1`, { kind: 'tag', tag: 'PARTUUID', value: uuid, partitionOffset: 1 }],
  [`PARTUUID=${uuid}/PARTNROFF=-2`, { kind: 'tag', tag: 'PARTUUID', value: uuid, partitionOffset: -2 }],
  ['PARTLABEL=root-a', { kind: 'tag', tag: 'PARTLABEL', value: 'root-a' }],
  ['8:1', { kind: 'number', major: 8, minor: 1 }],
  ['259:70000', { kind: 'number', major: 259, minor: 70000 }],
  ['801', { kind: 'number', major: 8, minor: 1 }],
  ['0xb302', { kind: 'number', major: 179, minor: 2 }],
  ['b302', { kind: 'number', major: 179, minor: 2 }],
  ['00110301', { kind: 'number', major: 259, minor: 257 }],
  [`/dev/disk/by-uuid/${uuid}`, { kind: 'tag', tag: 'UUID', value: uuid }],
  ['/dev/disk/by-label/my\\x20root', { kind: 'tag', tag: 'LABEL', value: 'my root' }],
  ['/dev/disk/by-label/w\\xc3\\xbcrzel', { kind: 'tag', tag: 'LABEL', value: 'würzel' }],
  ['/dev/disk/by-partuuid/1a2b3c4d-02', { kind: 'tag', tag: 'PARTUUID', value: '1a2b3c4d-02' }],
  ['/dev/disk/by-partlabel/root-a', { kind: 'tag', tag: 'PARTLABEL', value: 'root-a' }],
  ['/dev/disk/by-id/virtio-abc-part1', { kind: 'device', path: '/dev/disk/by-id/virtio-abc-part1' }],
])('parseRootOption() reads %s', (value, wish) => {
  expect(parseRootOption(value)).toEqual(wish);
});

test.each([
  '',
  'UUID=',
  'LABEL=""',
  'PARTUUID=/PARTNROFF=1',
  `PARTUUID=${uuid}/PARTNROFF=next`,
  '/dev/nfs',
  '/dev/',
  '/dev/disk/by-uuid/',
  'nfs:10.0.0.1:/srv',
  'nbd:10.0.0.1:root',
  'zfs:tank/root',
  'sda1',
  '8:1:2',
  '8',
])('parseRootOption() refuses %j', (value) => {
  expect(parseRootOption(value)).toEqual({ refused: expect.any(String) });
});

test('parseRootOption() survives every text, and reads again what describeWish() says of a tag', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(typeof parseRootOption(text)).toBe('object');
      const wish = parseRootOption(`LABEL=${text}`);
      if ('kind' in wish && !/["']/.test(text)) expect(parseRootOption(describeWish(wish))).toEqual(wish);
    }),
  );
});
