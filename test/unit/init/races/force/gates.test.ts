import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDeadlock, isRun, waitsOf } from '../../../../../src/init/races/force/gates.ts';
import type { CallHold, Trial } from '../../../../../src/init/races/trial/trial.ts';

const trial = (more: Partial<Trial>): Trial => ({ name: 't', seed: 1, holds: [], ...more });
const hold: CallHold = { kind: 'call', script: 'a', call: 'mkdir', argument: '/x', nth: 1, until: 'b', timeoutMs: 1000 };

describe('waitsOf()', () => {
  test('lets each script of a serial order wait for the one before it that is run', () => {
    expect(waitsOf(trial({ serial: ['c', 'x', 'a'] }), 'a', ['a', 'b', 'c'])).toEqual([{ kind: 'done', script: 'c' }]);
    expect(waitsOf(trial({ serial: ['c', 'a'] }), 'c', ['a', 'b', 'c'])).toEqual([]);
    expect(waitsOf(trial({ serial: ['c', 'a'] }), 'b', ['a', 'b', 'c'])).toEqual([]);
  });
  test('lets the one in a window wait until the other one is stopped, and not across a tier barrier', () => {
    expect(waitsOf(trial({ holds: [hold] }), 'b', ['a', 'b'])).toEqual([{ kind: 'held', hold }]);
    expect(waitsOf(trial({ holds: [hold] }), 'a', ['a', 'b'])).toEqual([]);
    expect(waitsOf(trial({ holds: [hold] }), 'b', ['b', 'c'])).toEqual([]);
  });
  test('lets a script wait until one of its tier or of an earlier one has come to a call', () => {
    const pass = { ...hold, kind: 'pass' } as const;
    expect(waitsOf(trial({ holds: [pass] }), 'b', ['b', 'c'])).toEqual([{ kind: 'passed', hold: pass }]);
    expect(waitsOf(trial({ holds: [pass] }), 'a', ['a', 'b'])).toEqual([]);
  });
});

test('isRun() leaves out scripts of the last tier only', () => {
  const some = trial({ until: 'rc2.d/S02', only: ['a'] });
  expect([isRun(some, 'rc2.d/S01', 'b'), isRun(some, 'rc2.d/S02', 'b'), isRun(some, 'rc2.d/S02', 'a')]).toEqual([true, false, true]);
});

describe('findDeadlock()', () => {
  test('of a serial order is none, whichever it is', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...'abcdef')), (serial) => {
        expect(findDeadlock(trial({ serial }), [...'abcdef'])).toBeUndefined();
      }),
    );
  });
  test('names who waits for whom', () => {
    const holds = [hold, { ...hold, script: 'b', until: 'a' }];
    expect(findDeadlock(trial({ holds }), ['a', 'b', 'c'])).toEqual(['a', 'b', 'a']);
    expect(findDeadlock(trial({ serial: ['b', 'a'], holds: [hold] }), ['a', 'b'])).toEqual(['a', 'b', 'a']);
  });
});
