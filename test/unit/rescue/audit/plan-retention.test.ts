import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planRetention } from '../../../../src/rescue/audit/plan-retention.ts';

const recording = (id: string, bytes: number) => ({ id, bytes });

describe('planRetention()', () => {
  test('stores what fits', () => {
    expect(planRetention([recording('a', 10)], [recording('b', 20)], 30)).toEqual({ remove: [], store: ['b'], drop: [] });
  });
  test('removes the oldest for newer ones', () => {
    expect(planRetention([recording('b', 10), recording('a', 10)], [recording('d', 15), recording('c', 5)], 30)).toEqual({
      remove: ['a'],
      store: ['c', 'd'],
      drop: [],
    });
  });
  test('drops what is older than all that fits, and what is larger than everything', () => {
    expect(planRetention([recording('b', 30)], [recording('a', 1)], 30)).toEqual({ remove: [], store: [], drop: ['a'] });
    expect(planRetention([recording('a', 1)], [recording('b', 31)], 30)).toEqual({ remove: ['a'], store: [], drop: ['b'] });
  });
  test('counts one once that is stored already in part', () => {
    expect(planRetention([recording('a', 20)], [recording('a', 30)], 30)).toEqual({ remove: [], store: ['a'], drop: [] });
  });
  test('keeps the newest and never more than fits', () => {
    const list = fc.uniqueArray(fc.record({ id: fc.string({ minLength: 1, maxLength: 2 }), bytes: fc.nat(50) }), {
      selector: ({ id }) => id,
    });
    fc.assert(
      fc.property(list, list, fc.nat(200), (stored, waiting, most) => {
        const { remove, store, drop } = planRetention(stored, waiting, most);
        expect([...store, ...drop].sort()).toEqual(waiting.map(({ id }) => id).sort());
        const kept = new Map(stored.filter(({ id }) => !remove.includes(id)).map(({ id, bytes }) => [id, bytes]));
        for (const { id, bytes } of waiting) if (store.includes(id)) kept.set(id, bytes);
        expect([...kept.values()].reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(most);
        for (const gone of [...remove, ...drop]) for (const id of kept.keys()) expect(gone < id).toBe(true);
      }),
    );
  });
});
