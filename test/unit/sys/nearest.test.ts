import fc from 'fast-check';
import { expect, test } from 'vitest';
import { didYouMean, nearest } from '../../../src/sys/nearest.ts';

test.each([
  ['prot', ['port', 'listen'], 'port'],
  ['Port', ['port'], 'port'],
  ['lifeboot.skp', ['lifeboot.skip', 'lifeboot.hold'], 'lifeboot.skip'],
  ['x', ['port'], undefined],
  ['', ['port'], undefined],
  ['nothing-like-it', ['port', 'listen'], undefined],
])('nearest(%j, %j) is %j', (word, candidates, name) => expect(nearest(word, candidates)).toBe(name));

test('nearest() finds the word itself, and copes with any text', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 20 }), (word) => {
      expect(nearest(word, ['zzzzzzzzzzzzzzzzzzzzzzzzzz', word])).toBe(word);
    }),
  );
  expect(nearest('a'.repeat(4096), ['port'])).toBeUndefined();
});

test('didYouMean() is empty when nothing is near', () => {
  expect(didYouMean('prot', ['port'])).toBe('port? ');
  expect(didYouMean('x', ['port'])).toBe('');
});
