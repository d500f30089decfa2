import { expect, test } from 'vitest';
import { parseCrypttab, readStorageWords } from '../../../../src/fsck/storage/storage-words.ts';
import { splitCmdline } from '../../../../src/sys/cmdline-words.ts';

const UUID = '6b1f6d0e-3c52-4a0b-9d53-7f0c4be0a001';
const read = (text: string) => readStorageWords(splitCmdline(text));

test.each([
  [`rd.luks.uuid=${UUID}`, [{ source: `UUID=${UUID}`, name: undefined, options: [] }]],
  [`rd.luks.uuid=luks-${UUID.toUpperCase()}`, [{ source: `UUID=${UUID}`, name: undefined, options: [] }]],
  [`luks.uuid=${UUID} rd.luks.options=discard`, [{ source: `UUID=${UUID}`, name: undefined, options: ['discard'] }]],
  [`rd.luks.name=${UUID}=root rd.luks.uuid=${UUID}`, [{ source: `UUID=${UUID}`, name: 'root', options: [] }]],
  [
    `rd.luks.name=${UUID}=root rd.luks.options=${UUID}=discard,no-read-workqueue`,
    [{ source: `UUID=${UUID}`, name: 'root', options: ['discard', 'no-read-workqueue'] }],
  ],
  [
    `rd.luks.uuid=${UUID} rd.luks.options=00000000-0000-0000-0000-000000000000=discard`,
    [{ source: `UUID=${UUID}`, name: undefined, options: [] }],
  ],
  ['cryptdevice=/dev/sda2:root', [{ source: '/dev/sda2', name: 'root', options: [] }]],
  [`cryptdevice=UUID=${UUID}:root:allow-discards`, [{ source: `UUID=${UUID}`, name: 'root', options: ['allow-discards'] }]],
  [
    'cryptdevice=/dev/disk/by-path/pci-0000:00:04.0-part2:root',
    [{ source: '/dev/disk/by-path/pci-0000:00:04.0-part2', name: 'root', options: [] }],
  ],
  ['cryptopts=target=root,source=/dev/sda2,discard', [{ source: '/dev/sda2', name: 'root', options: ['discard'] }]],
  ['cryptdevice=nonsense cryptopts=target=root rd.luks.name=root rd.luks.uuid=', []],
])('readStorageWords() reads %s', (text, luks) => {
  expect(read(text).luks).toEqual(luks);
});

test('readStorageWords() reads volumes, groups and arrays, and leaves out what is none', () => {
  expect(
    read(
      'rd.lvm.lv=vg/root rd.lvm.lv=vg/swap rd.lvm.lv=--config rd.lvm.vg=data rd.md.uuid=6b1f6d0e:3c524a0b:9d537f0c:4be0a002 rd.md.uuid=x',
    ),
  ).toEqual({
    luks: [],
    volumes: ['vg/root', 'vg/swap'],
    groups: ['data'],
    arrays: ['6b1f6d0e:3c524a0b:9d537f0c:4be0a002'],
    off: [],
  });
});

test.each([
  ['rd.md=0 rd.lvm=no rd.luks', ['md', 'lvm']],
  ['rd.luks=0 rd.luks=1', []],
])('readStorageWords() of %s switches off %j', (text, off) => {
  expect(read(text).off).toEqual(off);
});

test('parseCrypttab() reads lines that are wholly there', () => {
  const text = `# comment\n\nroot UUID=${UUID} none luks,discard\nhome "x\nswap PARTLABEL="swap" /dev/urandom -\nlonely\n`;
  expect(parseCrypttab(text)).toEqual([
    { name: 'root', source: `UUID=${UUID}`, options: ['luks', 'discard'] },
    { name: 'home', source: '"x', options: [] },
    { name: 'swap', source: 'PARTLABEL=swap', options: [] },
  ]);
});
