import { expect, test } from 'vitest';
import { assembleStorage, planAssembly } from '../../../../src/fsck/root/assemble-storage.ts';
import type { BlockDevice } from '../../../../src/fsck/root/block-devices.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const member = (name: string, type: string): BlockDevice => ({
  ...{ name, path: `/dev/${name}`, links: [], number: '8:0', sizeBytes: 2 ** 30 },
  tags: { TYPE: type },
});
const commands = (devices: readonly BlockDevice[], waitedMs: number, tried = new Set<string>()) =>
  planAssembly(devices, waitedMs, tried).map(({ argv }) => argv.join(' '));

test('planAssembly() does nothing without members', () => {
  expect(commands([member('sda1', 'ext4')], 60_000)).toEqual([]);
});

test('planAssembly() starts an array that lacks members only when they had their time', () => {
  const raid = [member('sda1', 'linux_raid_member')];
  expect(commands(raid, 0)).toEqual(['mdadm --assemble --scan --no-degraded']);
  expect(commands(raid, 15_000)).toEqual(['mdadm --assemble --scan --run']);
});

test('planAssembly() activates LVM, also that on an array which came later', () => {
  const lvm = [member('sda1', 'linux_raid_member'), member('md0', 'LVM2_member')];
  expect(commands(lvm, 0).some((command) => command.startsWith('vgchange -ay'))).toBe(true);
});

test('assembleStorage() tries each set of members once early and once late, and again when one more is there', async () => {
  const sys = new FakeSys().answer('modprobe -b -q md_mod').answer('mdadm --assemble --scan --no-degraded', { code: 1 });
  sys.answer('mdadm --assemble --scan --run');
  const tried = new Set<string>();
  const [one, two] = [member('sda1', 'linux_raid_member'), member('sdb1', 'linux_raid_member')];
  for (const waitedMs of [0, 1000, 2000]) await assembleStorage(sys, [one], waitedMs, tried);
  await assembleStorage(sys, [one, two], 3000, tried);
  for (const waitedMs of [15_000, 16_000]) await assembleStorage(sys, [one, two], waitedMs, tried);
  expect(sys.ran.filter((command) => command.startsWith('mdadm'))).toEqual([
    'mdadm --assemble --scan --no-degraded',
    'mdadm --assemble --scan --no-degraded',
    'mdadm --assemble --scan --run',
  ]);
});

test('assembleStorage() says what to build with when its program is missing, and who opens LUKS', async () => {
  const sys = new FakeSys().answer('modprobe -b -q md_mod').answer('mdadm --assemble --scan --no-degraded');
  sys.fail('run mdadm --assemble --scan --no-degraded', 'ENOENT');
  await assembleStorage(sys, [member('sda1', 'linux_raid_member'), member('sdb', 'crypto_LUKS')], 0, new Set());
  expect(sys.lines.join('\n')).toMatch(/mdadm: is not in the toolbox: build it with --with mdadm/);
  expect(sys.lines.join('\n')).toMatch(/\/dev\/sdb: is LUKS: lifeboot unlock/);
});
