import { expect, test } from 'vitest';
import type { BlockDevice } from '../../../../src/fsck/root/block-devices.ts';
import { type LuksKnowledge, neededLuks, planUnlock } from '../../../../src/fsck/storage/luks-devices.ts';
import { noStorageWords } from '../../../../src/fsck/storage/storage-words.ts';

const device = (name: string, TYPE: string, UUID = 'u-1', holders?: readonly string[]): BlockDevice => ({
  ...{ name, path: `/dev/${name}`, links: [`/dev/disk/by-id/${name}`], number: '8:0', sizeBytes: 2 ** 30 },
  ...(holders === undefined ? {} : { holders }),
  tags: { TYPE, UUID },
});
const LUKS = 'crypto_LUKS';
const [one, two, plain] = [device('sda2', LUKS), device('sdb2', LUKS, 'u-2'), device('sda1', 'ext4')];
const open = device('sda2', LUKS, 'u-1', ['dm-0']);
const nothing: LuksKnowledge = { words: noStorageWords, crypttab: [], root: undefined };
const words = (...luks: LuksKnowledge['words']['luks']): LuksKnowledge => ({ ...nothing, words: { ...noStorageWords, luks } });
const named = (source: string, name: string | undefined = undefined, options: readonly string[] = []) => ({ source, name, options });

test.each<[readonly BlockDevice[], LuksKnowledge, { device?: string; name?: string }, unknown]>([
  [[one, plain], nothing, {}, [{ device: '/dev/sda2', name: 'luks-u-1', options: [] }]],
  [
    [one, plain],
    { ...nothing, root: '/dev/mapper/root' },
    {},
    [{ device: '/dev/sda2', name: 'root', nameOfGroup: 'luks-u-1', options: [] }],
  ],
  [[one, two], { ...nothing, root: '/dev/mapper/root' }, { device: '/dev/sdb2' }, [{ device: '/dev/sdb2', name: 'luks-u-2', options: [] }]],
  [[one, two], nothing, { device: '/dev/disk/by-id/sda2', name: 'x' }, [{ device: '/dev/sda2', name: 'x', options: [] }]],
  [[one, two], words(named('UUID=U-2', 'pv', ['discard'])), {}, [{ device: '/dev/sdb2', name: 'pv', options: ['discard'] }]],
  [
    [one, two],
    words(named('/dev/sda2', 'a'), named('UUID=u-2')),
    {},
    [
      { device: '/dev/sda2', name: 'a', options: [] },
      { device: '/dev/sdb2', name: 'luks-u-2', options: [] },
    ],
  ],
  [
    [one, two],
    { ...nothing, crypttab: [named('UUID=u-2', 'root')], root: '/dev/mapper/root' },
    {},
    [{ device: '/dev/sdb2', name: 'root', options: [] }],
  ],
  [
    [one, plain],
    { ...nothing, crypttab: [named('UUID=u-1', 'pv')], root: '/dev/mapper/vg-root' },
    {},
    [{ device: '/dev/sda2', name: 'pv', options: [] }],
  ],
  [[open, two], nothing, {}, [{ device: '/dev/sdb2', name: 'luks-u-2', options: [] }]],
  [[one, two], nothing, {}, { refused: 'several devices have LUKS on them: name one', candidates: [one, two] }],
  [[one, two], words(named('UUID=u')), { name: 'x' }, { refused: 'several devices are wanted, and one name was given: name one' }],
  [[plain], nothing, {}, { refused: 'no device with LUKS on it is there', candidates: [plain] }],
  [[open], nothing, {}, { refused: 'every device with LUKS on it is open already' }],
  [[open], nothing, { device: '/dev/sda2' }, { refused: '/dev/sda2 is open already' }],
  [[one, plain], nothing, { device: '/dev/sda1' }, { refused: '/dev/sda1 is no device with LUKS on it' }],
  [[one], nothing, { name: '../x' }, { refused: '"../x" is no name for a device' }],
])('planUnlock() case %#', (devices, known, wanted, plan) => {
  expect(planUnlock(devices, known, wanted)).toMatchObject(plan as object);
});

test('neededLuks() is what a word names, or the line of crypttab that root= has the name of, and is locked', () => {
  const paths = (devices: readonly BlockDevice[], known: LuksKnowledge) => neededLuks(devices, known).map(({ path }) => path);
  expect(paths([one, two], nothing)).toEqual([]);
  expect(paths([one, two], words(named('UUID=u-1')))).toEqual(['/dev/sda2']);
  expect(paths([open, two], words(named('UUID=u-1')))).toEqual([]);
  const crypttab = [named('/dev/sdb2', 'root'), named('/dev/sda2', 'home')];
  expect(paths([one, two], { ...nothing, crypttab, root: '/dev/mapper/root' })).toEqual(['/dev/sdb2']);
  expect(paths([one, two], { ...words(named('UUID=u-1')), words: { ...words(named('UUID=u-1')).words, off: ['luks'] } })).toEqual([]);
});
