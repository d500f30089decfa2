import { describe, expect, test } from 'vitest';
import { describeExit, outcomeOf } from '../../../src/init/exit-code.ts';

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

describe('outcomeOf()', () => {
  // LSB 5.0 core, "Init Script Actions": the codes of all actions but status.
  test.each([
    [0, 'ok', 'ok'],
    [1, 'failure', 'failure'],
    [2, 'failure', 'failure'],
    [3, 'failure', 'nothing'],
    [4, 'failure', 'failure'],
    [5, 'nothing', 'nothing'],
    [6, 'nothing', 'nothing'],
    [7, 'failure', 'nothing'],
  ] as const)('of exit %i: start %s, stop %s', (code, start, stop) => {
    expect([outcomeOf('start', code), outcomeOf('stop', code)]).toEqual([start, stop]);
  });

  test('takes every other code, reserved, of the distribution, of the application or a signal, for a failure', () => {
    for (let code = 8; code < 256; code += 1)
      expect([outcomeOf('start', code), outcomeOf('stop', code)], String(code)).toEqual(['failure', 'failure']);
  });
});
