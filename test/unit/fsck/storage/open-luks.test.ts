import { expect, test } from 'vitest';
import { openLuks } from '../../../../src/fsck/storage/open-luks.ts';
import type { RunOptions } from '../../../../src/sys/sys.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const wish = { device: '/dev/sda2', name: 'root', options: [] };
const COMMAND = 'cryptsetup open --type luks --key-file - /dev/sda2 root';
const machine = () => new FakeSys().answer('modprobe -b -q dm_mod').answer('modprobe -b -q dm_crypt');

test('openLuks() hands the passphrase over by standard input and nowhere else', async () => {
  let given: string | undefined;
  const keep = (_: FakeSys, { input }: RunOptions): void => {
    given = input;
  };
  const sys = machine().answer(COMMAND, {}, { effect: keep });
  expect(await openLuks(sys, wish, 'horse battery')).toEqual({ outcome: 'opened', path: '/dev/mapper/root' });
  expect(given).toBe('horse battery');
  expect([...sys.journal, ...sys.lines].join('\n')).not.toMatch(/horse/);
});

test('openLuks() passes on the options it knows, and no others', async () => {
  const options = ['luks', 'discard', 'tries=3', 'no-write-workqueue', 'constructor'];
  const sys = machine().answer('cryptsetup open --type luks --allow-discards --perf-no_write_workqueue --key-file - /dev/sda2 root');
  expect(await openLuks(sys, { ...wish, options }, 'x')).toMatchObject({ outcome: 'opened' });
});

test.each([
  [{ code: 2 }, { outcome: 'wrong passphrase' }],
  [
    { code: 5, stderr: 'Device root already exists.\n' },
    { outcome: 'failed', reason: 'cryptsetup open /dev/sda2: Device root already exists.' },
  ],
  [{ code: 3 }, { outcome: 'failed', reason: expect.stringMatching(/memory is too small.*luksDump/) }],
  [
    { code: null, signal: 'SIGKILL' },
    { outcome: 'failed', reason: expect.stringMatching(/memory is too small/) },
  ],
  [
    { code: 1, stderr: 'Cannot initialize device-mapper. Is dm_mod kernel module loaded?\n' },
    { outcome: 'failed', reason: expect.stringMatching(/is a module missing\? dm_crypt and the ciphers/) },
  ],
])('openLuks() reads the end %j', async (run, opened) => {
  expect(await openLuks(machine().answer(COMMAND, run), wish, 'x')).toEqual(opened);
});

test('openLuks() says what to build with when there is no cryptsetup', async () => {
  const sys = machine().answer(COMMAND).fail(`run ${COMMAND}`, 'ENOENT');
  expect(await openLuks(sys, wish, 'x')).toMatchObject({ reason: expect.stringMatching(/--with luks/) });
});

test.each([
  ['LVM2_member', '/dev/mapper/luks-u'],
  ['ext4', '/dev/mapper/root'],
])('openLuks() of a name that was guessed from root=, with %s in it, ends as %s', async (type, path) => {
  const sys = machine().answer(COMMAND).answer('cryptsetup close root').answer(COMMAND.replace(/root$/, 'luks-u'));
  sys.answer('blkid -p -o value -s TYPE /dev/mapper/root', { stdout: `${type}\n` });
  expect(await openLuks(sys, { ...wish, nameOfGroup: 'luks-u' }, 'x')).toEqual({ outcome: 'opened', path });
});
