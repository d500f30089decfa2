import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findCycles } from '../../../../src/init/plan/cycles.ts';
import { type Edge, findEdges, scriptsOf } from '../../../../src/init/plan/edges.ts';
import { groups } from '../../../../src/init/plan/groups.ts';
import { makePlan, type PlanInput } from '../../../../src/init/plan/make-plan.ts';
import { planRows } from '../../../../src/init/plan/plan-rows.ts';
import { formatPlan } from '../../../../src/init/plan/plan-text.ts';
import { findProviders } from '../../../../src/init/plan/providers.ts';
import { planInput, tiersIn } from './headers.ts';

const MOST = 1000;
/** A number has two digits: longer chains are refused, which is a test of its own. */
const DEPTH = 90;

interface Wish {
  readonly from: number;
  readonly to: number;
  readonly key: 'Required-Start' | 'Should-Start' | 'X-Start-Before' | 'Required-Stop' | 'X-Stop-After';
}

const wishes = (most: number) =>
  fc.integer({ min: 1, max: most }).chain((count) =>
    fc.record({
      count: fc.constant(count),
      list: fc.array(
        fc.record({
          from: fc.nat(count - 1),
          to: fc.nat(count - 1),
          key: fc.constantFrom('Required-Start', 'Should-Start', 'X-Start-Before', 'Required-Stop', 'X-Stop-After') as fc.Arbitrary<
            Wish['key']
          >,
        }),
        { maxLength: count * 3 },
      ),
    }),
  );

/** Names in an order that is not that of the numbers. */
const nameOf = (index: number) => `s${(index * 7919) % 10_007}`;

function inputOf(count: number, list: readonly Wish[], interactive: readonly number[] = []): PlanInput {
  const keys = new Map(Array.from({ length: count }, (_, index) => [index, new Map<string, string[]>()]));
  for (const { from, to, key } of list) {
    const own = keys.get(from);
    own?.set(key, [...(own.get(key) ?? []), nameOf(to)]);
  }
  const headers = [...keys].map(([index, own]): [string, string[]] => [
    nameOf(index),
    [...[...own].map(([key, names]) => `${key}: ${names.join(' ')}`), ...(interactive.includes(index) ? ['X-Interactive: true'] : [])],
  ]);
  return planInput(Object.fromEntries(headers));
}

/** Whom the writer waits for has a smaller number (for X-Start-Before and Required-Stop a larger one), in the same class or the next lower. */
function acyclic(count: number, list: readonly Wish[]): readonly Wish[] {
  const rank = (index: number) => Math.floor((index * DEPTH) / count);
  return list.flatMap((wish) => {
    const [low, high] = [Math.min(wish.from, wish.to), Math.max(wish.from, wish.to)];
    if (rank(low) === rank(high)) return [];
    const reversed = wish.key === 'X-Start-Before' || wish.key === 'Required-Stop';
    return [{ ...wish, from: reversed ? low : high, to: reversed ? high : low }];
  });
}

function tierNumbers(input: PlanInput, group: string): ReadonlyMap<string, number> | undefined {
  const tiers = tiersIn(makePlan(input).plan, group);
  return tiers && new Map(tiers.flatMap((names, tier) => names.map((name) => [name, tier] as const)));
}

/** Scripts on the longest chain, by plain recursion over what the test itself wished. */
function longestChain(count: number, list: readonly Wish[], keys: readonly Wish['key'][]): number {
  const before = new Map<number, number[]>();
  for (const { from, to, key } of list.filter((wish) => keys.includes(wish.key))) {
    const [late, early] = key === 'X-Start-Before' || key === 'Required-Stop' ? [to, from] : [from, to];
    before.set(late, [...(before.get(late) ?? []), early]);
  }
  const depth = Array.from({ length: count }, () => 1);
  for (let index = 0; index < count; index += 1) {
    for (const early of before.get(index) ?? []) depth[index] = Math.max(depth[index] ?? 1, (depth[early] ?? 1) + 1);
  }
  return Math.max(...depth);
}

const startKeys = ['Required-Start', 'Should-Start', 'X-Start-Before'] as const;
const stopKeys = ['Required-Stop', 'X-Stop-After'] as const;

describe('makePlan of random headers', () => {
  test('holds every declared edge, in as few tiers as the longest chain', () => {
    fc.assert(
      fc.property(wishes(MOST), ({ count, list }) => {
        const kept = acyclic(count, list);
        const input = inputOf(count, kept);
        const [start, stop] = [tierNumbers(input, '2-5'), tierNumbers(input, 'stop')];
        for (const { from, to, key } of kept) {
          const tier = startKeys.some((each) => each === key) ? start : stop;
          const reversed = key === 'X-Start-Before' || key === 'Required-Stop';
          const [late, early] = (reversed ? [to, from] : [from, to]).map((index) => tier?.get(nameOf(index)) ?? Number.NaN);
          expect(late).toBeGreaterThan(early ?? Number.NaN);
        }
        expect(start?.size).toBe(count);
        expect(1 + Math.max(...(start?.values() ?? []))).toBe(longestChain(count, kept, startKeys));
        expect(1 + Math.max(...(stop?.values() ?? []))).toBe(longestChain(count, kept, stopKeys));
      }),
      { numRuns: 30 },
    );
  });
  test('is the same whatever the order of the input', () => {
    fc.assert(
      fc.property(wishes(200), fc.infiniteStream(fc.nat()), ({ count, list }, numbers) => {
        const input = inputOf(count, acyclic(count, list));
        const shuffled = input.scripts.map((script) => ({ script, at: numbers.next().value ?? 0 })).toSorted((a, b) => a.at - b.at);
        const [one, other] = [input, { ...input, scripts: shuffled.map(({ script }) => script) }].map((each) => makePlan(each));
        expect(one?.plan && formatPlan(planRows(one.plan))).toBe(other?.plan && formatPlan(planRows(other.plan)));
        expect(one?.findings).toEqual(other?.findings);
      }),
      { numRuns: 30 },
    );
  });
  test('has no tier with an interactive script and another, and at most one more tier for each of them', () => {
    fc.assert(
      fc.property(wishes(60), fc.uniqueArray(fc.nat(59), { maxLength: 6 }), ({ count, list }, interactive) => {
        const kept = acyclic(count, list);
        const alone = new Set(interactive.filter((index) => index < count).map(nameOf));
        const tiers = tiersIn(makePlan(inputOf(count, kept, interactive)).plan, '2-5') ?? [];
        expect(tiers.filter((tier) => tier.length > 1 && tier.some((name) => alone.has(name)))).toEqual([]);
        expect(tiers.flat().length).toBe(count);
        expect(tiers.length).toBeLessThanOrEqual(longestChain(count, kept, startKeys) + alone.size);
      }),
      { numRuns: 100 },
    );
  });
  test('with a cycle is no plan, and every cycle told is one', () => {
    fc.assert(
      fc.property(wishes(MOST), ({ count, list }) => {
        const input = inputOf(count, list);
        const { plan, findings } = makePlan(input);
        const told = findings.filter(({ rule }) => rule === 'cycle').length;
        const providers = findProviders(input.scripts);
        let found = 0;
        for (const group of groups) {
          const waits = findEdges(group, scriptsOf(group, input.scripts), providers, input.facilities);
          const cycles = findCycles(waits);
          found += cycles.length;
          for (const cycle of cycles) expectCycle(cycle, list);
          expect(cycles.length > 0).toBe(isCyclic(new Map([...waits].map(([name, edges]) => [name, [...edges.keys()]]))));
        }
        expect(told).toBe(found);
        if (told > 0) expect(plan).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });
});

/** Each edge begins where the one before ends, no script comes twice, and each was wished for. */
function expectCycle(cycle: readonly Edge[], list: readonly Wish[]): void {
  expect(cycle.map(({ to }) => to)).toEqual([...cycle.slice(1), ...cycle.slice(0, 1)].map(({ from }) => from));
  expect(new Set(cycle.map(({ from }) => from)).size).toBe(cycle.length);
  for (const { from, to, by, key } of cycle) {
    const named = by === from ? to : from;
    expect(list.some((wish) => wish.key === key && nameOf(wish.from) === by && nameOf(wish.to) === named)).toBe(true);
  }
}

/** By colours, the schoolbook way: not the way of the subject. */
function isCyclic(next: ReadonlyMap<string, readonly string[]>): boolean {
  const open = new Set<string>();
  const done = new Set<string>();
  const visit = (name: string): boolean => {
    if (open.has(name)) return true;
    if (done.has(name)) return false;
    open.add(name);
    const cyclic = (next.get(name) ?? []).some(visit);
    open.delete(name);
    done.add(name);
    return cyclic;
  };
  return [...next.keys()].some(visit);
}
