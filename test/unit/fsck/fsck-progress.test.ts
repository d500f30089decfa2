import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseFsckProgress } from '../../../src/fsck/fsck-progress.ts';

test.each([
  ['1 0 8 /dev/vda1', { pass: 1, percent: 0 }],
  ['1 4 8 /dev/vda1', { pass: 1, percent: 35 }],
  ['2 8 8 /dev/vda1', { pass: 2, percent: 90 }],
  ['5 16 16 /dev/vda1', { pass: 5, percent: 100 }],
  ['3 0 0 /dev/vda1', { pass: 3, percent: 92 }],
  // e2fsck names the volume by its label when it has one, and labels may have blanks.
  ['2 8 8 my root', { pass: 2, percent: 90 }],
])('parseFsckProgress() reads %j', (line, expected) => {
  expect(parseFsckProgress(line)).toEqual(expected);
});

test.each(['', '/dev/vda1: clean', '6 1 2 /dev/vda1', '1 2 /dev/vda1', '1 2 3 '])('parseFsckProgress() leaves %j alone', (line) => {
  expect(parseFsckProgress(line)).toBeUndefined();
});

test('parseFsckProgress() never leaves 0 to 100', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(), fc.nat(), (pass, at, total) => {
      const percent = parseFsckProgress(`${pass} ${at} ${total} /dev/x`)?.percent ?? -1;
      return percent >= 0 && percent <= 100;
    }),
  );
});
