/** What is used behind a loop that waits for something else, which comes by the same call: that is there as soon as the other is. */
import type { SharedObject } from './object-table.ts';
import type { Digest, Use } from './object-use.ts';
import { isStore, type Operation, operations } from './operations.ts';
import type { Process } from './process-table.ts';
import { askedBy, type WaitsInRounds } from './rounds.ts';
import type { Walked } from './walk.ts';

/** Whether the script uses it only when a loop of it has seen what the call of `store` has made besides. */
export type IsBehindWait = (use: Use, store: Use) => boolean;

export function openBehindWaits(digests: readonly Digest[], waits: WaitsInRounds): IsBehindWait {
  const sleepers = new Set(digests.flatMap(({ walked, scriptOf }) => walked.scene.sleeps.map(({ script }) => scriptOf(script))));
  const indexes = new Map<Digest, AccessIndex>();
  const indexOf = (trace: number): AccessIndex => {
    const digest = digests[trace] as Digest;
    const index = indexes.get(digest) ?? indexAccesses(digest);
    indexes.set(digest, index);
    return index;
  };
  return (use, store) => {
    if (!sleepers.has(use.script)) return false;
    const { walked } = digests[use.trace] as Digest;
    const user = walked.actors[use.firstTick];
    const made = indexOf(store.trace).firstMade(store);
    return made.some((object) => {
      if (!waits(use.script, store.script, object)) return false;
      const tick = indexOf(use.trace).lastAsk(use.script, askedBy(object), use.firstTick);
      return tick !== undefined && user !== undefined && isBehind(walked, tick, user, use.firstTick);
    });
  };
}

/** Whoever asked has ended by then, and the user is a process that goes on behind it, or was begun later by one. */
function isBehind({ actors, trace, places }: Walked, askedAt: number, user: Process, tick: number): boolean {
  const atUs = trace.events[places[askedAt] as number]?.atUs ?? 0;
  const going = new Set<Process>();
  for (let at: Process | undefined = user; at !== undefined && at.script === user.script; at = at.parent) {
    going.add(at);
    if ((trace.events[at.forkedAt]?.atUs ?? 0) < atUs) break;
  }
  for (let at = actors[askedAt]; at !== undefined && at.script === user.script; at = at.parent) {
    if (going.has(at)) return true;
    if ((at.endedAt ?? Number.POSITIVE_INFINITY) > tick) return false;
  }
  return false;
}

interface AccessIndex {
  /** Objects that the call stored to besides, which its script had not changed before. */
  firstMade(store: Use): readonly SharedObject[];
  /** When the script looked at one of them last before `tick`. */
  lastAsk(script: number, objects: readonly SharedObject[], tick: number): number | undefined;
}

function indexAccesses({ walked, scriptOf }: Digest): AccessIndex {
  const { accesses, scene } = walked;
  const { list } = scene.objects;
  const byTick = groupBy(accesses.tick, walked.places.length);
  const byObject = groupBy(accesses.object, list.length);
  const numbers = new Map(list.map((object, number) => [keyOf(object), number]));
  const scriptAt = (index: number): number => scriptOf(accesses.script[index] as number);
  const isStoreAt = (index: number): boolean => isStore(operations[accesses.operation[index] as number] as Operation);
  const tickAt = (index: number): number => accesses.tick[index] as number;
  return {
    firstMade: ({ script, firstTick }) =>
      byTick(firstTick)
        .filter((index) => scriptAt(index) === script && isStoreAt(index))
        .map((index) => accesses.object[index] as number)
        .filter((object) => !byObject(object).some((index) => tickAt(index) < firstTick && scriptAt(index) === script && isStoreAt(index)))
        .map((object) => list[object] as SharedObject),
    lastAsk(script, objects, tick) {
      const ticks = objects
        .flatMap((object) => byObject(numbers.get(keyOf(object)) ?? -1))
        .filter((index) => tickAt(index) < tick && scriptAt(index) === script && !isStoreAt(index))
        .map(tickAt);
      return ticks.length === 0 ? undefined : ticks.reduce((last, each) => Math.max(last, each));
    },
  };
}

const keyOf = ({ facet, text }: SharedObject): string => `${facet} ${text}`;

/** Indexes of equal values, ascending. */
function groupBy(column: readonly number[], values: number): (value: number) => readonly number[] {
  const starts = new Int32Array(values + 1);
  for (const value of column) starts[value + 1] = (starts[value + 1] as number) + 1;
  for (let value = 0; value < values; value += 1) starts[value + 1] = (starts[value + 1] as number) + (starts[value] as number);
  const next = starts.slice();
  const indexes = new Int32Array(column.length);
  column.forEach((value, index) => {
    indexes[next[value] as number] = index;
    next[value] = (next[value] as number) + 1;
  });
  return (value) => (value < 0 ? [] : [...indexes.subarray(starts[value], starts[value + 1])]);
}
