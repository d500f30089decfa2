import { expect, test } from 'vitest';
import { takeKeys } from '../../../src/cli/read-secret.ts';

test.each([
  ['secret\r', { text: 'secret', done: true }],
  ['secret\n', { text: 'secret', done: true }],
  ['se', { text: 'se', done: false }],
  ['sx\x7fe', { text: 'se', done: false }],
  ['wrong\x15right\r', { text: 'right', done: true }],
  ['pä\x7f\r', { text: 'p', done: true }],
  ['abc\x03', { text: undefined, done: true }],
  ['\x04', { text: undefined, done: true }],
  [' a b \r', { text: ' a b ', done: true }],
])('takeKeys() of %j is %j', (keys, line) => {
  expect(takeKeys('', keys)).toEqual(line);
});
