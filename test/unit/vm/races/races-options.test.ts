import { describe, expect, test } from 'vitest';
import { parseRacesOptions } from '../../../../vm/races/races-options.ts';
import { plannedBoots } from '../../../../vm/races/record-boots.ts';

describe('parseRacesOptions()', () => {
  test('has a budget of an hour and four boots when nothing is said', () => {
    expect(parseRacesOptions([])).toEqual({
      budgetMs: 3_600_000,
      boots: 4,
      output: 'races',
      resume: false,
      traces: [],
      only: [],
      verifyMends: false,
    });
  });
  test('reads every word', () => {
    const words =
      '--image i --budget 1.5 --boots 2 --shuffle 7 --output o --resume --shard 2/3 --since s --trace a --trace b --finding f --verify-mends --accept x --fail-on any';
    expect(parseRacesOptions(words.split(' '))).toEqual({
      image: 'i',
      budgetMs: 90_000,
      boots: 2,
      shuffle: '7',
      output: 'o',
      resume: true,
      shard: { index: 2, count: 3 },
      since: 's',
      traces: ['a', 'b'],
      only: ['f'],
      verifyMends: true,
      accept: 'x',
      failOn: 'any',
    });
    expect(parseRacesOptions(['--help'])).toBeUndefined();
  });
  test.each([
    ['--budget soon', '--budget soon: accepted is a number from 1'],
    ['--boots 0', '--boots 0: accepted is a number from 1 to 100'],
    ['--shard 3/2', '--shard 3/2: accepted: I/N, as in 1/4'],
    ['--shuffle wild', '--shuffle wild: accepted: reverse, random, or a seed'],
    ['--fail-on all', '--fail-on all: accepted: confirmed, divergent, any'],
    ['--image a --scripts b', '--image and --scripts: one of them'],
    ['--verify-mends=now', "'--verify-mends' does not take an argument"],
    ['--verify-mend', "Unknown option '--verify-mend'"],
    ['image', 'image: races takes options only'],
  ])('explains %s', (words, why) => {
    expect(() => parseRacesOptions(words.split(' '))).toThrow(why);
  });
});

test('plannedBoots() begins with the order somebody wishes for, the order of names and its reverse', () => {
  expect(plannedBoots(3, undefined)).toEqual([[], ['lifeboot.shuffle=reverse', 'lifeboot.parallel=1'], ['lifeboot.parallel=1']]);
  expect(plannedBoots(2, '9')).toEqual([['lifeboot.shuffle=9'], []]);
  expect(new Set(plannedBoots(8, undefined).map((words) => words.join(' '))).size).toBe(8);
});
