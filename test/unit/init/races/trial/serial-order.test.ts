import fc from 'fast-check';
import { expect, test } from 'vitest';
import { castOf, serialOrder } from '../../../../../src/init/races/trial/serial-order.ts';

const prefer = (first: string, second: string, score = 0.5, directed = true) => ({ scripts: [first, second] as const, directed, score });

test('serialOrder() leaves scripts that nobody speaks of in the order of their names', () => {
  expect(serialOrder(['c', 'a', 'b'], [])).toEqual(['a', 'b', 'c']);
});

test('serialOrder() has every first before its second when no circle forbids it', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...'abcdefgh'], { minLength: 8 }), fc.array(fc.tuple(fc.nat(7), fc.nat(7))), (truth, pairs) => {
      const preferences = pairs.filter(([a, b]) => a < b).map(([a, b]) => prefer(truth[a] ?? '', truth[b] ?? ''));
      const order = serialOrder(truth.toSorted(), preferences);
      expect(order.toSorted()).toEqual(truth.toSorted());
      for (const { scripts } of preferences) expect(order.indexOf(scripts[0])).toBeLessThan(order.indexOf(scripts[1]));
    }),
  );
});

test('serialOrder() gives up the lightest arc of a circle', () => {
  const order = serialOrder(['a', 'b', 'c'], [prefer('a', 'b', 0.9), prefer('b', 'c', 0.9), prefer('c', 'a', 0.1, false)]);
  expect(order).toEqual(['a', 'b', 'c']);
});

test('castOf() is the pair, last, behind all that should come before one of them', () => {
  const preferences = [prefer('bus', 'net'), prefer('net', 'web'), prefer('web', 'late'), prefer('other', 'net', 0.5, false)];
  expect(castOf(['web', 'db'], ['bus', 'db', 'late', 'net', 'other', 'web'], preferences)).toEqual(['bus', 'net', 'web', 'db']);
  expect(castOf(['db', 'web'], ['bus', 'db', 'late', 'net', 'other', 'web'], preferences)).toEqual(['bus', 'net', 'db', 'web']);
});
