import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStartups } from '../../../../src/rescue/guard/startups.ts';

describe('createStartups()', () => {
  test('drops the oldest of the busiest source, so that a flood crowds out only itself', () => {
    const dropped: string[] = [];
    const startups = createStartups(3);
    const add = (source: string, name: string) => startups.add({ source, drop: () => dropped.push(name) });
    add('operator', 'operator');
    for (const name of ['f1', 'f2', 'f3', 'f4']) add('flood', name);
    expect(dropped).toEqual(['f1', 'f2']);
  });

  test('forgets one that has logged in', () => {
    const startups = createStartups(1);
    const first = { source: 'a', drop: () => expect.fail('dropped') };
    startups.add(first);
    startups.remove(first);
    startups.add({ source: 'a', drop: () => undefined });
    expect(startups.count).toBe(1);
  });

  test('property: never holds more than its limit, and never drops a source with fewer places than another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.constantFrom('a', 'b', 'c')), (most, sources) => {
        const startups = createStartups(most);
        const alive: string[] = [];
        for (const source of sources) {
          alive.push(source);
          startups.add({
            source,
            drop: () => {
              const places = (name: string) => alive.filter((each) => each === name).length;
              expect(places(source)).toBe(Math.max(...['a', 'b', 'c'].map(places)));
              alive.splice(alive.indexOf(source), 1);
            },
          });
          expect(startups.count).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});
