import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/init/duration.ts';

test.each([
  ['90', 90_000],
  ['90s', 90_000],
  ['90sec', 90_000],
  ['2min', 120_000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['1min 30s', 90_000],
  ['1min30s', 90_000],
  ['500ms', 500],
  ['1.5', 1500],
  ['1.5s', 1500],
  [' 5 ', 5000],
  ['24h', 86_400_000],
])('parseDuration() reads %j', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '0', '0s', '-5', '5 parsecs', 'infinity', '25h', '1e3', 's', '5s x', '٣', '9'.repeat(400)])(
  'parseDuration() refuses %j',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test('parseDuration() gives whole milliseconds within a day, or nothing, for any text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{1,6}(ms|s|min|h)?( [0-9]{1,3}s)?$/)), (text) => {
      const ms = parseDuration(text);
      expect(ms === undefined || (Number.isInteger(ms) && ms >= 0 && ms <= 86_400_000)).toBe(true);
    }),
  );
});

test.each([
  [90_000, '90 s'],
  [120_000, '2 min'],
  [1500, '1.5 s'],
  [40, '40 ms'],
])('formatDuration() writes %i ms', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
