import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bisect, orderAfter, swapsOf } from '../../../../../src/init/races/trial/bisect-order.ts';

const names = [...'abcdefghij'];

test('orderAfter() ends in the exact reverse, one pair a step', () => {
  expect(orderAfter(names, 0)).toEqual(names);
  expect(orderAfter(names, swapsOf(names.length))).toEqual(names.toReversed());
  for (let swaps = 0; swaps < swapsOf(names.length); swaps++) {
    const [one, two] = [orderAfter(names, swaps), orderAfter(names, swaps + 1)];
    expect(one.filter((name, index) => two[index] !== name)).toHaveLength(2);
  }
});

describe('bisect()', () => {
  test('finds any one pair, with about log2 of the pairs tried', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.nat(9), (a, b) => {
        fc.pre(a < b);
        const [before = '', after = ''] = [names[a], names[b]];
        const isReversed = (swaps: number) => orderAfter(names, swaps).indexOf(before) > orderAfter(names, swaps).indexOf(after);
        const tried = new Map<number, boolean>();
        for (;;) {
          const step = bisect(names, (swaps) => tried.get(swaps));
          if (step.kind === 'found') {
            expect(step).toEqual({ kind: 'found', before, after });
            break;
          }
          tried.set(step.swaps, isReversed(step.swaps));
          expect(tried.size).toBeLessThanOrEqual(6);
        }
      }),
    );
  });
});
