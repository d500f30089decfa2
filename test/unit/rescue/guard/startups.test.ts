import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStartups } from '../../../../src/rescue/guard/startups.ts';

function startupsOf(most: number) {
  const clock = { nowMs: 0 };
  const dropped: string[] = [];
  const startups = createStartups(most, () => clock.nowMs);
  const add = (source: string, name = source) => startups.add({ source, drop: () => dropped.push(name) });
  return { clock, dropped, startups, add };
}

describe('createStartups()', () => {
  test('drops the oldest of the busiest source, so that a flood crowds out only itself', () => {
    const { dropped, add } = startupsOf(2);
    add('operator');
    for (const name of ['f1', 'f2', 'f3', 'f4', 'f5']) add('flood', name);
    expect(dropped).toEqual(['f1', 'f2']);
  });

  test('lets those who have just come finish, as long as there are not twice as many', () => {
    const { clock, dropped, add } = startupsOf(2);
    for (const name of ['a', 'b', 'c', 'd']) add(name);
    expect(dropped).toEqual([]);
    add('e');
    expect(dropped).toEqual(['a']);
    clock.nowMs = 2000;
    add('f');
    expect(dropped).toEqual(['a', 'b']);
  });

  test('forgets one that has logged in', () => {
    const { startups, dropped } = startupsOf(1);
    const first = { source: 'a', drop: () => expect.fail('dropped') };
    startups.add(first);
    startups.remove(first);
    for (const source of ['b', 'c', 'd']) startups.add({ source, drop: () => dropped.push(source) });
    expect([startups.count, dropped]).toEqual([2, ['b']]);
  });

  test('property: never holds more than twice its limit, and when all had time enough never more than it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.constantFrom('a', 'b', 'c')), fc.boolean(), (most, sources, late) => {
        const { clock, startups, add } = startupsOf(most);
        for (const source of sources) {
          add(source);
          if (late) clock.nowMs += 2000;
          expect(startups.count).toBeLessThanOrEqual(late ? most + 1 : 2 * most);
        }
      }),
    );
  });
});
