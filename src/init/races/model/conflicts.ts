/** Pairs of uses that no enforced order keeps apart and whose order can be told afterwards. */
import { MISSES_BELOW, TOLERANT } from './access-list.ts';
import { hostsOverlap } from './address.ts';
import { type Habit, NO_HABIT } from './habits.ts';
import type { Order } from './happens-before.ts';
import type { Facet, SharedObject } from './object-table.ts';
import type { Use, UsedObject } from './object-use.ts';
import { ABSENT, commute, type Deed, isStore } from './operations.ts';
import { hasHistory, statesOf } from './presence.ts';
import { isPlaceShared, isRemovedBy, isSameRule, networksMeet } from './route-rules.ts';

/** Two uses of one object by two scripts; `first` was seen first. */
export interface Conflict {
  readonly used: UsedObject;
  readonly first: Use;
  readonly second: Use;
}

/** A use of a script, with how others' uses stand to it. */
export type IsOrdered = (a: Use, b: Use) => boolean;

/** Uses of two recordings are compared by the barriers alone. */
export function orderedBy(orders: readonly Order[]): IsOrdered {
  const isBefore = (a: Use, b: Use): boolean => {
    const [one, other] = [orders[a.trace] as Order, orders[b.trace] as Order];
    return one === other ? one.ordered(a.before, b.behind) : one.barriers.after(a.before) <= other.barriers.upTo(b.behind);
  };
  return (a, b) => isBefore(a, b) || isBefore(b, a);
}

/** What was there at first, where no history of a name tells. */
const initial: Readonly<Partial<Record<Facet, string>>> = {
  ready: ABSENT,
  readers: ABSENT,
  address: ABSENT,
  mount: ABSENT,
  lock: ABSENT,
  process: ABSENT,
  running: ABSENT,
  watch: ABSENT,
  events: ABSENT,
};

/** All conflicts of one object. `shared`: two scripts that were seen to hold it at one time. */
export function findConflicts(used: UsedObject, isOrdered: IsOrdered, shared: (a: number, b: number) => boolean): readonly Conflict[] {
  const { uses, object } = used;
  const stores = uses.filter(({ operation }) => isStore(operation));
  const together = pairsOfOneTrace(uses);
  const conflicts: Conflict[] = [];
  for (const store of stores) {
    for (const other of uses) {
      if (other.script === store.script || (isStore(other.operation) && other.script < store.script)) continue;
      if (store.trace !== other.trace && together.has(pairKey(store.script, other.script))) continue;
      if (object.facet === 'address' && shared(store.script, other.script)) continue;
      if (!touches(object.facet, store, other) || isOrdered(store, other)) continue;
      if (object.facet === 'name' && (isStillEmpty(object, store, other) || isMadeByOther(used, store, other, isOrdered))) continue;
      const [first, second] = isFirst(store, other) ? [store, other] : [other, store];
      if (!commute(deedOf(first), deedOf(second), statesBefore(object.facet, first, second))) conflicts.push({ used, first, second });
    }
  }
  return conflicts;
}

/** Directories in which the kernel itself makes names: below /sys/fs/cgroup each has its own at once. */
const KERNEL = /^\/(proc|sys|dev)\//;

/** In a directory that was just made there is as little as there was without it. A link, or what was moved there, leads to more. */
const isStillEmpty = ({ name, text }: SharedObject, maker: Use, looker: Use): boolean =>
  (looker.flags & MISSES_BELOW) !== 0 && isMaking(maker) && name?.isLinkMade === false && !KERNEL.test(text);

/** A third script, which is before the one that looks, makes the name if the maker has not: it is there either way. */
function isMadeByOther({ uses }: UsedObject, maker: Use, looker: Use, isOrdered: IsOrdered): boolean {
  if (looker.operation !== 'look' || !isMaking(maker) || uses.some(({ operation }) => operation === 'remove')) return false;
  return uses.some(
    (third) =>
      isMaking(third) &&
      third.trace === looker.trace &&
      third.script !== maker.script &&
      third.script !== looker.script &&
      third.firstTick < looker.firstTick &&
      isOrdered(third, looker),
  );
}

const isMaking = ({ operation }: Use): boolean => operation === 'create' || operation === 'ensure';

/** Who both used it in one recording need not be compared over two. */
function pairsOfOneTrace(uses: readonly Use[]): ReadonlySet<string> {
  const scripts = new Map<number, Set<number>>();
  for (const { trace, script } of uses) scripts.set(trace, (scripts.get(trace) ?? new Set()).add(script));
  const pairs = new Set<string>();
  if (scripts.size < 2) return pairs;
  for (const set of scripts.values()) for (const a of set) for (const b of set) if (a < b) pairs.add(pairKey(a, b));
  return pairs;
}

const pairKey = (a: number, b: number): string => `${Math.min(a, b)} ${Math.max(a, b)}`;

const isFirst = (a: Use, b: Use): boolean =>
  a.firstTick < b.firstTick || (a.firstTick === b.firstTick && (a.script < b.script || (a.script === b.script && a.trace < b.trace)));

function touches(facet: Facet, a: Use, b: Use): boolean {
  switch (facet) {
    case 'address':
    case 'ready':
      return hostsOverlap(a.value, b.value);
    case 'gateway':
      return networksMeet(a.value, b.value);
    case 'rule':
      return a.operation === 'remove'
        ? isRemovedBy(b.value, a.value)
        : b.operation === 'remove'
          ? isRemovedBy(a.value, b.value)
          : isSameRule(a.value, b.value);
    case 'rule-place':
      return isPlaceShared(a.value, b.value);
    default:
      return true;
  }
}

/** As if nobody minded: what a rule forgives is forgiven by the rule, and counted. */
function deedOf({ operation, value, script, flags }: Use): Deed {
  if (operation === 'ensure') return { operation: (flags & TOLERANT) === 0 ? 'ensure' : 'create', value };
  const own = value.startsWith('#') ? `${script}` : value;
  return { operation: operation === 'append' ? 'write' : operation, value: operation === 'append' ? `${script}` : own };
}

/** A use that is guarded by an earlier one of its own script finds the name there, whoever else comes first. */
function statesBefore(facet: Facet, first: Use, second: Use): readonly string[] {
  if (!hasHistory(facet)) return [initial[facet] ?? '?'];
  const guarded = [first, second].find((use) => use.isGuarded);
  if (guarded !== undefined) return statesOf(true);
  return statesOf(first.wasThere);
}

export const habitOf = ({ habits }: UsedObject, script: number): Habit => habits.get(script) ?? NO_HABIT;
