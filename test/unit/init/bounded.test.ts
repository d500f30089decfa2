import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eachBounded, roomFor } from '../../../src/init/bounded.ts';

test('eachBounded() begins everything once, in order, and never more than the limit at a time', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(9), { maxLength: 30 }),
      fc.constantFrom(1, 2, 3, 7, Number.POSITIVE_INFINITY),
      async (turns, limit) => {
        const begun: number[] = [];
        let running = 0;
        let most = 0;
        await eachBounded([...turns.entries()], roomFor(limit), async ([index, count]) => {
          begun.push(index);
          running += 1;
          most = Math.max(most, running);
          for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
          running -= 1;
        });
        expect(begun).toEqual([...turns.keys()]);
        expect(running).toBe(0);
        expect(most).toBe(Math.min(limit, most));
        if (turns.every((count) => count > 3)) expect(most).toBe(Math.min(limit, turns.length));
      },
    ),
  );
});

test('eachBounded() begins nothing more after an error', async () => {
  const begun: number[] = [];
  const work = async (item: number): Promise<void> => {
    begun.push(item);
    if (item === 2) throw new Error('no');
  };
  await expect(eachBounded([1, 2, 3, 4], roomFor(1), work)).rejects.toThrow('no');
  expect(begun).toEqual([1, 2]);
});

test('eachBounded() asks again after a pause, and begins one in any case', async () => {
  let asked = 0;
  const begun: number[] = [];
  const room = { isFree: () => ++asked % 3 === 0, pause: async () => {} };
  await eachBounded([1, 2, 3], room, async (item) => {
    begun.push(item);
    await new Promise((end) => setTimeout(end, 5));
  });
  expect(begun).toEqual([1, 2, 3]);
  expect(asked).toBeGreaterThanOrEqual(2);
});
