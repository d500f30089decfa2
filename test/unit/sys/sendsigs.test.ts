import { expect, test } from 'vitest';
import { spareAgain, spareFromSendsigs } from '../../../src/sys/sendsigs.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const FILE = '/run/sendsigs.omit.d/lifeboot';
const machine = () =>
  new FakeSys().process({ pid: 5, ppid: 1 }).process({ pid: 9, ppid: 5 }).process({ pid: 8, ppid: 9 }).process({ pid: 7, ppid: 1 });

test('spareFromSendsigs() names a process and all below it, one a line', async () => {
  const sys = machine();
  await spareFromSendsigs(sys, 5);
  expect(await sys.readText(FILE)).toBe('5\n9\n8\n');
});

test('spareAgain() does nothing where nobody asked for it, follows what has changed, and never rejects', async () => {
  const sys = machine();
  await spareAgain(sys, 5);
  expect(await sys.readText(FILE)).toBeUndefined();
  await spareFromSendsigs(sys, 5);
  sys.process({ pid: 12, ppid: 8 });
  await spareAgain(sys, 5);
  expect(await sys.readText(FILE)).toBe('5\n9\n8\n12\n');
  sys.fail(`write ${FILE}`, 'ENOSPC');
  await spareAgain(sys, 5);
});
