import { describe, expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot } from './boot.ts';

type Two = (a: Actor, b: Actor) => void;
const found = (two: Two) =>
  analyse([boot((begin) => two(begin('t1', 'a'), begin('t1', 'b')))]).findings.flatMap(({ witnesses }) =>
    witnesses.map(({ type, object }) => `${type} ${object}`),
  );
const both =
  (does: (script: Actor) => Actor): Two =>
  (a, b) => {
    does(a).exit();
    does(b).exit();
  };

const RDWR = 2;
const F_SETLKW = 7;
const LOCK_EX = 2;
const LEDGER = '/var/lib/ledger';

const open = (script: Actor): Actor => script.call('open', { path: LEDGER, flags: RDWR, result: 9 });
const lock = (script: Actor, flags = F_SETLKW, detail = 'exclusive'): Actor => script.call('lock', { fd: 9, flags, detail });
const unlock = (script: Actor): Actor => script.call('lock', { fd: 9, flags: F_SETLKW, detail: 'unlock' });
const write = (script: Actor): Actor => script.call('write', { fd: 9, result: 4 });

describe('a file that is read and written under a lock on itself', () => {
  test('is safe from both who open it, lock it and build on what they read', () => {
    expect(found(both((script) => unlock(write(lock(open(script))))))).toEqual([]);
    expect(found(both((script) => write(lock(open(script), LOCK_EX)).call('close', { fd: 9 })))).toEqual([]);
  });
  test('is a race without a lock, or written when it is free again: T5', () => {
    expect(found(both((script) => write(open(script))))).toEqual([`T5 contents of ${LEDGER}`]);
    expect(found(both((script) => write(unlock(lock(open(script))))))).toEqual([`T5 contents of ${LEDGER}`]);
  });
  test('is a race of one that does not lock: T5', () => {
    const two: Two = (a, b) => void [unlock(write(lock(open(a)))).exit(), write(open(b)).exit()];
    expect(found(two)).toEqual([`T5 contents of ${LEDGER}`]);
  });
  test('is a race under locks that do not keep each other out: T5', () => {
    expect(found(both((script) => unlock(write(lock(open(script), F_SETLKW, 'shared')))))).toEqual([`T5 contents of ${LEDGER}`]);
    const two: Two = (a, b) => void [write(lock(open(a), F_SETLKW)).exit(), write(lock(open(b), LOCK_EX)).exit()];
    expect(found(two)).toEqual([`T5 contents of ${LEDGER}`]);
  });
  test('is a race of children, who have the file of their parent and not its record lock: T5', () => {
    expect(found(both((script) => lock(open(script)).run('child', write)))).toEqual([`T5 contents of ${LEDGER}`]);
    expect(found(both((script) => lock(open(script), LOCK_EX).run('child', write)))).toEqual([]);
  });
});

describe('a key that each makes if there is none, and copies', () => {
  test('is made twice: T5', () => {
    const makes = (script: Actor): Actor => script.look('/etc/key', -2).write('/etc/key', true).read('/etc/key');
    const finds = (script: Actor): Actor => script.look('/etc/key').read('/etc/key');
    const two: Two = (a, b) => void [makes(a).exit(), finds(b).exit()];
    const other: Two = (a, b) => void [finds(a).exit(), makes(b).exit()];
    const boots = [two, other].map((each) => boot((begin) => each(begin('t1', 'a'), begin('t1', 'b'))));
    expect(analyse(boots).findings.map(({ type }) => type)).toEqual(['T5']);
  });
});
