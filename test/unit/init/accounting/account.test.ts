import { beforeEach, expect, test } from 'vitest';
import { accountBoot, accountEnd, accountLevel, accountShutdown, accountStart } from '../../../../src/init/accounting/account.ts';
import { decodeUtmp, encodeUtmp, UTMP_BYTES } from '../../../../src/init/accounting/utmp-record.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const MAKE = '/run/lifeboot/bin/busybox chgrp utmp /run/utmp';
let sys: FakeSys;

beforeEach(() => {
  sys = new FakeSys().file('/proc/sys/kernel/osrelease', '6.1.0-test\n').answer(MAKE).dir('/run').file('/var/log/wtmp', '');
});

const said = async (path: string) =>
  decodeUtmp((await sys.readBytes(path)) ?? Buffer.alloc(0)).map(({ type, id, line, user, pid }) => [type, id, line, user, pid].join(' '));

test('accountBoot() and accountLevel() write what init(8) writes, and once however often they are called', async () => {
  for (const _ of [1, 2]) {
    await accountBoot(sys, 0);
    await accountLevel(sys, '2', 'N');
  }
  const expected = ['2 ~~ ~ reboot 0', `1 ~~ ~ runlevel ${0x4e32}`];
  expect(await said('/run/utmp')).toEqual(expected);
  expect(await said('/var/log/wtmp')).toEqual(expected);
  const [boot] = decodeUtmp((await sys.readBytes('/run/utmp')) ?? Buffer.alloc(0));
  expect(boot).toMatchObject({ host: '6.1.0-test', atMs: sys.bootTime.getTime() });
});

test('accountLevel() keeps one record in utmp and all of them in wtmp', async () => {
  await accountLevel(sys.file('/run/utmp', ''), '2', 'N');
  await accountLevel(sys, '1', '2');
  expect(await said('/run/utmp')).toEqual([`1 ~~ ~ runlevel ${0x3231}`]);
  expect(await said('/var/log/wtmp')).toHaveLength(2);
});

test.each([
  ['patch /run/utmp', 1],
  ['patch /var/log/wtmp', 1],
])('accountBoot() after a crash at %s writes what was missing', async (call) => {
  sys.fail(call, 'EIO', { times: 1 });
  await accountBoot(sys, 0);
  expect(sys.lines.join('\n')).toContain('boot accounting: failed');
  await accountBoot(sys, 0);
  expect(await said('/run/utmp')).toEqual(['2 ~~ ~ reboot 0']);
  expect(await said('/var/log/wtmp')).toEqual(['2 ~~ ~ reboot 0']);
});

test('accountBoot() makes no wtmp where there is none', async () => {
  await sys.remove('/var/log/wtmp');
  await accountBoot(sys, 0);
  expect(await sys.facts('/var/log/wtmp')).toBeUndefined();
  expect(await said('/run/utmp')).toHaveLength(1);
  expect(sys.lines).toEqual([]);
});

test('accountShutdown() writes over a record that a crash cut short, and ends the log once', async () => {
  await accountBoot(sys, 0);
  await sys.patchBytes('/var/log/wtmp', Buffer.alloc(100), 'end');
  await accountShutdown(sys);
  await accountShutdown(sys);
  expect(await said('/var/log/wtmp')).toEqual(['2 ~~ ~ reboot 0', '1 ~~ ~~ shutdown 0']);
  expect((await sys.facts('/var/log/wtmp'))?.size).toBe(2 * UTMP_BYTES);
});

test('accountStart() and accountEnd() use the place of the same entry again, with the line that getty wrote', async () => {
  await accountBoot(sys, 0);
  await accountStart(sys, '1', 500);
  const login = { type: 6, pid: 500, line: 'tty1', id: '1', user: 'LOGIN', host: '', atMs: 0 };
  await sys.patchBytes('/run/utmp', encodeUtmp(login), UTMP_BYTES);
  await accountStart(sys, '1', 500);
  expect(await said('/run/utmp')).toEqual(['2 ~~ ~ reboot 0', '6 1 tty1 LOGIN 500']);
  await accountEnd(sys, '1', 500);
  await accountEnd(sys, '1', 500);
  await accountStart(sys, '1', 600);
  expect(await said('/run/utmp')).toEqual(['2 ~~ ~ reboot 0', '5 1   600']);
  expect(await said('/var/log/wtmp')).toEqual(['2 ~~ ~ reboot 0', '5 1   500', '8 1 tty1  500', '5 1   600']);
});
