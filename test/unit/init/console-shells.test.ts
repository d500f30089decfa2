import { expect, test } from 'vitest';
import { consoleTtys, keepConsoleShells } from '../../../src/init/console-shells.ts';
import { defaultConfig } from '../../../src/sys/config.ts';
import { paths } from '../../../src/sys/paths.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { contextOn } from './context.ts';

const ACTIVE = '/sys/class/tty/console/active';

test.each([
  ['ttyS0\n', ['/dev/ttyS0', '/dev/tty1'], ['ttyS0', 'tty1']],
  ['tty0 ttyS1\n', ['/dev/ttyS1', '/dev/tty1'], ['ttyS1', 'tty1']],
  ['ttyS0\n', ['/dev/ttyS0'], ['ttyS0']],
  ['../../etc/x hvc0\n', ['/dev/hvc0'], ['hvc0']],
  ['', [], []],
])('consoleTtys() of %j', async (active, devices, ttys) => {
  const sys = new FakeSys().file(ACTIVE, active);
  for (const device of devices) sys.special(device);
  expect(await consoleTtys(sys)).toEqual(ttys);
});

test('keepConsoleShells() starts nothing by default, and nothing without the hash of a password', async () => {
  const sys = new FakeSys().file(ACTIVE, 'ttyS0\n').special('/dev/ttyS0');
  const context = await contextOn(sys);
  const login = { id: '1', runlevels: '2', action: 'respawn', process: '/sbin/getty 38400 ttyS0' };
  expect(await (await keepConsoleShells(context)).makeRoom([login])).toEqual([login]);
  const config = { ...defaultConfig(), console: { ...defaultConfig().console, shell: 'password' as const } };
  await (await keepConsoleShells({ ...context, config })).stop();
  expect(sys.journal.filter((line) => line.startsWith('launch'))).toEqual([]);
  expect(context.store.current().problems.join()).toContain('there is no password: no shell on the console');
  expect(await sys.facts(paths.consoleShadow)).toBeUndefined();
});
