import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinCmdline, splitCmdline } from '../../../src/sys/cmdline-words.ts';

const shown = (text: string) => splitCmdline(text).words.map(({ name, value }) => (value === undefined ? name : [name, value]));

test.each([
  ['', []],
  ['  \n', []],
  ['quiet ro', ['quiet', 'ro']],
  [
    'root=/dev/vda1 root=LABEL=x',
    [
      ['root', '/dev/vda1'],
      ['root', 'LABEL=x'],
    ],
  ],
  ['a= b', [['a', ''], 'b']],
  ['a="b c" d', [['a', 'b c'], 'd']],
  ['"a=b c" d', [['a', 'b c'], 'd']],
  ['dyndbg="file drivers/usb/* +p"\n', [['dyndbg', 'file drivers/usb/* +p']]],
  ['a=b"c d"e', [['a', 'b"c d"e']]],
  ['=x', ['=x']],
  ['a="unclosed b', [['a', 'unclosed b']]],
  ['"" x', ['x']],
])('splitCmdline() splits %j as the kernel does', (text, words) => {
  expect(shown(text)).toEqual(words);
});

test('splitCmdline() leaves everything after a lone -- to init', () => {
  expect(splitCmdline('quiet -- lifeboot.port=1 single --')).toEqual({
    words: [{ name: 'quiet' }],
    initArguments: ['lifeboot.port=1', 'single', '--'],
  });
});

test('splitCmdline() never throws, and never makes an empty word', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { words, initArguments } = splitCmdline(text);
      expect(words.every((word) => word.name !== '')).toBe(true);
      expect(initArguments).not.toContain('');
    }),
  );
});

test('joinCmdline() writes what splitCmdline() reads back', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9._-]{0,11}$/);
  const value = fc.stringMatching(/^[^"\n\r\t\v\f]{0,20}$/);
  const word = fc.oneof(
    name.map((each) => ({ name: each })),
    fc.record({ name, value }),
  );
  fc.assert(
    fc.property(fc.array(word), fc.array(name), (words, initArguments) => {
      expect(splitCmdline(joinCmdline({ words, initArguments }))).toEqual({ words, initArguments });
    }),
  );
});
