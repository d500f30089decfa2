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
      },
    ),
  );
});

test.each([1, 3, 8, Number.POSITIVE_INFINITY])('eachBounded() uses all the room there is for %d', async (limit) => {
  const full = Promise.withResolvers<void>();
  let running = 0;
  // None of the first ends before as many run as may: with less of them at once this would not come to an end.
  await eachBounded([1, 2, 3, 4, 5], roomFor(limit), async () => {
    running += 1;
    if (running === Math.min(limit, 5)) full.resolve();
    await full.promise;
  });
  expect(running).toBe(5);
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
