import { expect, test } from 'vitest';
import type { BlockDevice } from '../../../../src/fsck/root/block-devices.ts';
import { openLuks, planOpen } from '../../../../src/fsck/root/open-luks.ts';
import type { RunOptions } from '../../../../src/sys/sys.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const device = (name: string, TYPE: string, UUID = 'u-1'): BlockDevice => ({
  ...{ name, path: `/dev/${name}`, links: [`/dev/disk/by-id/${name}`], number: '8:0', sizeBytes: 2 ** 30 },
  tags: { TYPE, UUID },
});
const [one, two, plain] = [device('sda2', 'crypto_LUKS'), device('sdb2', 'crypto_LUKS', 'u-2'), device('sda1', 'ext4')];
const COMMAND = 'cryptsetup open --type luks --key-file - /dev/sda2 root';
const machine = () => new FakeSys().answer('modprobe -b -q dm_mod').answer('modprobe -b -q dm_crypt');

test.each([
  [[one, plain], {}, { device: '/dev/sda2', name: 'luks-u-1' }],
  [[one, plain], { root: '/dev/mapper/root' }, { device: '/dev/sda2', name: 'root' }],
  [[one, two], { device: '/dev/sdb2' }, { device: '/dev/sdb2', name: 'luks-u-2' }],
  [[one, two], { device: '/dev/disk/by-id/sda2', name: 'x' }, { device: '/dev/sda2', name: 'x' }],
  [[one, two], {}, { refused: expect.stringMatching(/several/) }],
  [[plain], {}, { refused: expect.stringMatching(/no device with LUKS/) }],
  [[one, plain], { device: '/dev/sda1' }, { refused: '/dev/sda1 is no device with LUKS on it' }],
  [[one], { name: '../x' }, { refused: expect.stringMatching(/no name/) }],
])('planOpen() case %#', (devices, wanted, plan) => {
  expect(planOpen(devices, wanted)).toMatchObject(plan);
});

test('openLuks() hands the passphrase over by standard input and nowhere else', async () => {
  let given: string | undefined;
  const keep = (_: FakeSys, { input }: RunOptions): void => {
    given = input;
  };
  const sys = machine().answer(COMMAND, {}, { effect: keep });
  expect(await openLuks(sys, { device: '/dev/sda2', name: 'root' }, 'horse battery')).toEqual({
    outcome: 'opened',
    path: '/dev/mapper/root',
  });
  expect(given).toBe('horse battery');
  expect([...sys.journal, ...sys.lines].join('\n')).not.toMatch(/horse/);
});

test.each([
  [{ code: 2 }, { outcome: 'wrong passphrase' }],
  [
    { code: 5, stderr: 'Device root already exists.\n' },
    { outcome: 'failed', reason: 'cryptsetup open /dev/sda2: Device root already exists.' },
  ],
])('openLuks() reads the end %j', async (run, opened) => {
  expect(await openLuks(machine().answer(COMMAND, run), { device: '/dev/sda2', name: 'root' }, 'x')).toEqual(opened);
});

test('openLuks() says what to build with when there is no cryptsetup', async () => {
  const sys = machine().answer(COMMAND).fail(`run ${COMMAND}`, 'ENOENT');
  expect(await openLuks(sys, { device: '/dev/sda2', name: 'root' }, 'x')).toMatchObject({ reason: expect.stringMatching(/--with luks/) });
});
