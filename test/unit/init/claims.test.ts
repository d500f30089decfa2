import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forgetRun, parseEnded, readClaim, readEnded } from '../../../src/init/claims.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { paths } from './scripted-runs.ts';

test('parseEnded() takes whole lines only', () => {
  expect([...parseEnded('a.start 0\nb.stop 143\ngarbage\nc.start 1')]).toEqual([
    ['a.start', 0],
    ['b.stop', 143],
  ]);
  fc.assert(fc.property(fc.string(), (text) => void parseEnded(text)));
});

test.each([
  ['12 345\n', { pid: 12, startTicks: 345 }],
  ['', {}],
  ['12', {}],
])('readClaim() reads %j', async (text, claim) => {
  expect(await readClaim(new FakeSys().file(`${paths.scripts}/a.start`, text), paths, 'a.start')).toEqual(claim);
});

test('forgetRun() forgets that run and no other', async () => {
  const sys = new FakeSys().file(`${paths.scripts}/ended`, 'a.start 1\naa.start 0\na.stop 0\n').file(`${paths.scripts}/a.start`, '1 2\n');
  await forgetRun(sys, paths, 'a.start');
  expect([...(await readEnded(sys, paths))]).toEqual([
    ['aa.start', 0],
    ['a.stop', 0],
  ]);
  expect(await readClaim(sys, paths, 'a.start')).toBeUndefined();
});
