import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roomFor } from '../../../src/init/bounded.ts';
import { runTiers } from '../../../src/init/run-tiers.ts';
import { shuffled, startOrder } from '../../../src/init/shuffle.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { context, paths, scripted, tier } from './scripted-runs.ts';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

describe('shuffled()', () => {
  test('keeps every item, and gives the same order for the same seed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.string(), (items, seed) => {
        expect(shuffled(items, seed).toSorted()).toEqual(items.toSorted());
        expect(shuffled(items, seed)).toEqual(shuffled(items, seed));
      }),
    );
  });

  test('puts each of three items at each place about as often', () => {
    const first = { a: 0, b: 0, c: 0 };
    for (let seed = 0; seed < 3000; seed++) first[(shuffled(['a', 'b', 'c'] as const, `${seed} rc2.d/S01`)[0] ?? 'a') as 'a']++;
    for (const count of Object.values(first)) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('startOrder()', () => {
  test('is by name, and tells nothing, where nobody wished for another one', async () => {
    expect(await startOrder(new FakeSys(), 'rc2.d/S01', names, undefined)).toEqual({ scripts: names });
  });

  test('of "reverse" is the exact reverse', async () => {
    const { scripts, told } = await startOrder(new FakeSys(), 'rc2.d/S01', names, 'reverse');
    expect([scripts, told]).toEqual([names.toReversed(), 'in reverse order']);
  });

  test('of "random" tells the seed by which lifeboot.shuffle brings the same order again', async () => {
    const sys = new FakeSys().file(BOOT_ID, '2c1a3c5e-0000-4000-8000-000000000001\n');
    const { scripts, told = '' } = await startOrder(sys, 'rc2.d/S01', names, 'random');
    const seed = Number(/seed (\d+)$/.exec(told)?.[1]);
    expect((await startOrder(sys, 'rc2.d/S01', names, seed)).scripts).toEqual(scripts);
    expect((await startOrder(sys, 'rc2.d/S01', names, 'random')).scripts).toEqual(scripts);
  });

  test('of "random" differs from boot to boot and from tier to tier', async () => {
    const orders = new Set<string>();
    for (let boot = 0; boot < 10; boot++) {
      const sys = new FakeSys().file(BOOT_ID, `2c1a3c5e-0000-4000-8000-00000000000${boot}\n`);
      for (const name of ['rcS.d/S01', 'rc2.d/S01']) orders.add((await startOrder(sys, name, names, 'random')).scripts.join());
    }
    expect(orders.size).toBeGreaterThan(15);
  });
});

describe('runTiers() with shuffle', () => {
  test('starts one after another in the exact reverse, and says so', async () => {
    const sys = new FakeSys().dir(paths.scripts).dir(paths.output).dir('/tmp');
    for (const name of ['a', 'b', 'c']) scripted(sys, name, { takesMs: 1000 });
    await runTiers(context(sys, { shuffle: 'reverse', room: roomFor(1) }), [tier('rc2.d/S01', 'a', 'b', 'c')]);
    expect(sys.events.filter((event) => event.endsWith(' started') && event.startsWith('script'))).toEqual([
      'script c started',
      'script b started',
      'script a started',
    ]);
    expect(sys.lines.join('\n')).toContain('tier rc2.d/S01: started (in reverse order)');
  });
});
