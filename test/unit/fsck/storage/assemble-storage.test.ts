import { expect, test } from 'vitest';
import type { BlockDevice } from '../../../../src/fsck/root/block-devices.ts';
import { assembleStorage, planAssembly } from '../../../../src/fsck/storage/assemble-storage.ts';
import { noStorageWords, type StorageWords } from '../../../../src/fsck/storage/storage-words.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const member = (name: string, type: string): BlockDevice => ({
  ...{ name, path: `/dev/${name}`, links: [], number: '8:0', sizeBytes: 2 ** 30 },
  tags: { TYPE: type },
});
const raid = (name: string) => member(name, 'linux_raid_member');
const volume = member('sda2', 'LVM2_member');
const commands = (devices: readonly BlockDevice[], late: boolean, words: Partial<StorageWords> = {}) =>
  planAssembly(devices, { ...noStorageWords, ...words }, late, new Set()).map(({ argv }) =>
    argv.join(' ').replace('--config=/run/lifeboot/mdadm.conf ', ''),
  );

test('planAssembly() does nothing without members', () => {
  expect(commands([member('sda1', 'ext4')], true)).toEqual([]);
});

test('planAssembly() gives mdadm a member at a time, and starts what lacks some only when they had their time', () => {
  expect(commands([raid('sda1'), raid('sdb1')], false)).toEqual(['mdadm --incremental /dev/sda1', 'mdadm --incremental /dev/sdb1']);
  expect(commands([raid('sda1')], true)).toEqual([
    'mdadm --incremental /dev/sda1',
    'mdadm --incremental --run --scan --config=/run/lifeboot/mdadm.conf',
  ]);
});

test.each([
  [{}, false, ['lvm vgchange -aay --sysinit --activationmode complete']],
  [{}, true, ['lvm vgchange -aay --sysinit --activationmode degraded']],
  [{ volumes: ['vg/root', 'vg/swap'] }, false, ['lvm lvchange -ay --sysinit --activationmode complete vg/root vg/swap']],
  [{ groups: ['vg'] }, false, ['lvm vgchange -ay --sysinit --activationmode complete vg']],
  [{ off: ['lvm'] as const }, false, []],
])('planAssembly() with %j, late: %j, activates by %j', (words, late, lines) => {
  expect(commands([volume], late, words)).toEqual(lines);
});

test('assembleStorage() tries each member once, what they make once early and once late, and again when one more is there', async () => {
  const sys = new FakeSys().answer('modprobe -b -q md_mod');
  for (const name of ['sda1', 'sdb1']) sys.answer(`mdadm --incremental --config=/run/lifeboot/mdadm.conf /dev/${name}`);
  sys.answer('mdadm --incremental --run --scan --config=/run/lifeboot/mdadm.conf');
  const tried = new Set<string>();
  const run = (devices: readonly BlockDevice[], late: boolean) => assembleStorage(sys, devices, { words: noStorageWords, late, tried });
  expect((await run([raid('sda1')], false)).ran).toBe(true);
  expect((await run([raid('sda1')], false)).ran).toBe(false);
  await run([raid('sda1'), raid('sdb1')], false);
  for (const _ of [1, 2]) await run([raid('sda1'), raid('sdb1')], true);
  expect(sys.ran.filter((command) => command.startsWith('mdadm')).map((command) => command.split(' ').at(-1))).toEqual([
    '/dev/sda1',
    '/dev/sdb1',
    '--config=/run/lifeboot/mdadm.conf',
  ]);
  expect(await sys.readText('/run/lifeboot/mdadm.conf')).toMatch(/^HOMEHOST <ignore>$/m);
});

test('assembleStorage() says what to build with when its program is missing', async () => {
  const command = 'mdadm --incremental --config=/run/lifeboot/mdadm.conf /dev/sda1';
  const sys = new FakeSys().answer('modprobe -b -q md_mod').answer(command).fail(`run ${command}`, 'ENOENT');
  const { troubles } = await assembleStorage(sys, [raid('sda1')], { words: noStorageWords, late: false, tried: new Set() });
  expect(troubles).toEqual(['mdadm is not in the toolbox (/run/lifeboot/bin): build it with --with mdadm']);
  expect(sys.lines.join('\n')).toMatch(/storage \(mdadm is not in the toolbox/);
});
