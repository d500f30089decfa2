import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffOutcomes, noiseOf } from '../../../../../src/init/races/trial/diff-outcomes.ts';
import { describeDifference, isFailure } from '../../../../../src/init/races/trial/failures.ts';
import { outcome } from './made.ts';

const quiet = new Set<string>();

describe('noiseOf()', () => {
  test('is what runs of one order do not agree on, also what is not always there', () => {
    const runs = [outcome({ same: '1', pid: '7', once: 'x' }), outcome({ same: '1', pid: '8' })];
    expect([...noiseOf(runs)].toSorted()).toEqual(['once', 'pid']);
  });
  test('of one run, or none, is nothing', () => {
    expect(noiseOf([]).size + noiseOf([outcome({ a: '1' })]).size).toBe(0);
  });
});

describe('diffOutcomes()', () => {
  test('tells what each side agrees on and the sides do not', () => {
    const one = [outcome({ a: '1', b: '1', c: '1' }), outcome({ a: '1', b: '2', c: '1' })];
    const other = [outcome({ a: '2', b: '3', c: '1', d: '9' }), outcome({ a: '2', b: '3', c: '1', d: '9' })];
    expect(diffOutcomes(one, other, quiet)).toEqual([
      { fact: 'a', one: '1', other: '2' },
      { fact: 'd', one: undefined, other: '9' },
    ]);
  });
  test('leaves out noise, and says nothing of a side that was not tried', () => {
    expect(diffOutcomes([outcome({ a: '1' })], [outcome({ a: '2' })], new Set(['a']))).toEqual([]);
    expect(diffOutcomes([], [outcome({ a: '2' })], quiet)).toEqual([]);
  });
  test('of the same runs in any order is nothing', () => {
    const facts = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'));
    fc.assert(
      fc.property(fc.array(facts), (all) => {
        const runs = all.map((each) => outcome(each));
        expect(diffOutcomes(runs, runs.toReversed(), quiet)).toEqual([]);
      }),
    );
  });
});

describe('isFailure()', () => {
  test.each([
    ['script named exit', '1', '0', true],
    ['script named exit', 'timed-out', '0', true],
    ['script named exit', undefined, '0', true],
    ['script named exit', '0', '1', false],
    ['script named exit', '2', '1', false],
    ['health ssh tcp:22', 'unhealthy', 'healthy', true],
    ['status cron', '3', '0', true],
    ['listen tcp:0.0.0.0:53', undefined, 'named of bind9', true],
    ['process bind9 /usr/sbin/named', undefined, '1', true],
    ['process bind9 /usr/sbin/named', '2', '1', false],
    ['sysctl net.ipv4.ip_forward', '0', '1', false],
    ['content /etc/x', 'a', 'b', false],
  ])('%s: %s instead of %s is %s', (fact, value, other, failed) => {
    expect(isFailure(fact, value, other)).toBe(failed);
  });
  test('is never true both ways', () => {
    const value = fc.option(fc.constantFrom('0', '1', 'healthy', 'unhealthy', 'x'), { nil: undefined });
    fc.assert(
      fc.property(fc.constantFrom('script a exit', 'health a b', 'listen x', 'file y'), value, value, (fact, one, other) => {
        expect(isFailure(fact, one, other) && isFailure(fact, other, one)).toBe(false);
      }),
    );
  });
});

test('describeDifference() says what there is instead of what', () => {
  expect(describeDifference({ fact: 'script a exit', one: '1', other: '0' })).toBe('script a exit: 1 instead of 0');
  expect(describeDifference({ fact: 'listen tcp:80', one: undefined, other: 'x' })).toBe('listen tcp:80: nothing instead of x');
});
