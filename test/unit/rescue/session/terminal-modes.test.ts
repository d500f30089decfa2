import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planTerminalModes } from '../../../../src/rescue/session/terminal-modes.ts';

/** RFC 4254, section 8: an opcode and four bytes, again and again, and a 0 at the end. */
const encode = (...modes: readonly (readonly [number, number])[]): Uint8Array => {
  const bytes = modes.flatMap(([opcode, value]) => [opcode, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
  return Uint8Array.from([...bytes, 0]);
};

test.each([
  ['nothing', [], []],
  [
    'what a terminal of ours has already',
    [
      [1, 3],
      [3, 127],
      [6, 255],
      [38, 1],
      [53, 1],
      [92, 0],
    ],
    [],
  ],
  [
    'other keys',
    [
      [1, 7],
      [3, 8],
      [9, 255],
      [10, 127],
    ],
    ['intr', '^G', 'erase', '^H', 'stop', 'undef', 'susp', '^?'],
  ],
  [
    'other switches',
    [
      [39, 0],
      [58, 1],
      [53, 0],
    ],
    ['-ixany', 'tostop', '-echo'],
  ],
  [
    'speeds and what stty has no word for',
    [
      [128, 38_400],
      [129, 38_400],
      [17, 1],
      [90, 1],
      [159, 1],
    ],
    [],
  ],
  [
    'a key that no control character is',
    [
      [1, 200],
      [2, 65],
    ],
    [],
  ],
  [
    'the last of two',
    [
      [39, 0],
      [39, 1],
      [1, 3],
      [1, 7],
    ],
    ['intr', '^G'],
  ],
] as const)('planTerminalModes() of %s', (_, modes, words) => {
  expect(planTerminalModes(encode(...modes))).toEqual(words);
});

test('planTerminalModes() stops at the end, at an opcode of unknown length, and where the bytes do', () => {
  const more = encode([58, 1]);
  expect(planTerminalModes(Uint8Array.from([...encode(), ...more]))).toEqual([]);
  expect(planTerminalModes(Uint8Array.from([200, 0, 0, 0, 0, ...more]))).toEqual([]);
  expect(planTerminalModes(more.subarray(0, 4))).toEqual([]);
});

test('planTerminalModes() gives words of stty and nothing else, whatever comes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const word of planTerminalModes(bytes)) expect(word).toMatch(/^(?:-?[a-z0-9]+|\^[@A-Z[\\\]^_?])$/);
    }),
  );
});
