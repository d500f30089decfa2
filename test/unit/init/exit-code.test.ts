import { expect, test } from 'vitest';
import { describeExit, isNothingToStart } from '../../../src/init/exit-code.ts';

test.each([
  [1, 'exit 1: generic error'],
  [5, 'exit 5: program is not installed'],
  [42, 'exit 42'],
  [127, 'exit 127: interpreter or command not found'],
  [137, 'exit 137: ended by KILL'],
  [159, 'exit 159: ended by signal 31'],
  [255, 'exit 255'],
])('describeExit() explains %i', (code, text) => {
  expect(describeExit(code)).toBe(text);
});

test('isNothingToStart() is true for 5 and 6 only', () => {
  expect([...Array(256).keys()].filter(isNothingToStart)).toEqual([5, 6]);
});
