import { expect, test } from 'vitest';
import { parseSpan } from '../../../../src/fsck/filesystems/span.ts';

// systemd.time(7)
test.each([
  ['90', 90_000],
  ['90s', 90_000],
  ['2h', 7_200_000],
  ['2hours', 7_200_000],
  ['1min 30s', 90_000],
  ['1min30s', 90_000],
  ['1.5s', 1500],
  ['500ms', 500],
  ['1d', 86_400_000],
  ['infinity', 0],
  ['0', 0],
  ['', undefined],
  ['soon', undefined],
  ['5parsecs', undefined],
  ['s5', undefined],
  ['5s!', undefined],
])('parseSpan() reads %j as %j', (text, ms) => {
  expect(parseSpan(text)).toBe(ms);
});
