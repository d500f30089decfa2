/** The uses of each object over all recordings: what the one created may be what the other did not find. */
import { deriveAccesses } from './derived-accesses.ts';
import { eachAccess } from './each-access.ts';
import type { Habit } from './habits.ts';
import type { AllKnowledge } from './knowledge.ts';
import { MISSED } from './missed-signals.ts';
import type { SharedObject } from './object-table.ts';
import { type Digest, findUses, type RawAccess, type Use, type UsedObject } from './object-use.ts';
import { isStore, operations } from './operations.ts';

/** Only objects that a script stores to in some recording. By the text of the object. */
export function unionUses(digests: readonly Digest[], { mask }: Pick<AllKnowledge, 'mask'>): readonly UsedObject[] {
  const keyOf = ({ facet, text }: SharedObject): string => `${facet} ${mask(text)}`;
  const derived = withoutFound(
    digests,
    digests.map(({ walked }) => deriveAccesses(walked)),
    keyOf,
  );
  const stored = new Set<string>();
  digests.forEach(({ walked: { accesses, scene } }, trace) => {
    const note = (object: number): void => void stored.add(keyOf(scene.objects.list[object] as SharedObject));
    const seen = new Set<number>();
    const isNew = (object: number): boolean => seen.size < seen.add(object).size;
    accesses.operation.forEach((code, index) => {
      const operation = operations[code];
      if (operation !== undefined && isStore(operation) && isNew(accesses.object[index] as number)) note(accesses.object[index] as number);
    });
    for (const { object, operation } of derived[trace] ?? []) if (isStore(operation)) note(object);
  });
  const all = new Map<string, UsedObject[]>();
  digests.forEach((digest, trace) => {
    const isStored = (object: SharedObject): boolean => stored.has(keyOf(object));
    for (const used of findUses(digest, isStored, derived[trace] ?? [])) {
      const key = digests.length === 1 ? `${used.object.facet} ${used.object.text}` : keyOf(used.object);
      all.set(key, [...(all.get(key) ?? []), used]);
    }
  });
  const merged = [...all].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, list]) => (list.length === 1 ? list : mergeUsed(list)));
  return withChecks(merged);
}

type Derived = readonly (readonly RawAccess[])[];

/** Whom a signal that found nobody was to find is known when it found somebody in another recording. */
function withoutFound(digests: readonly Digest[], derived: Derived, keyOf: (object: SharedObject) => string): Derived {
  const found = new Map<number, Set<string>>();
  eachAccess(digests, ({ object, operation, script }) => {
    if (object.facet === 'process' && operation === 'signal') found.set(script, (found.get(script) ?? new Set()).add(keyOf(object)));
  });
  return derived.map((all, trace) => {
    const { walked, scriptOf } = digests[trace] as Digest;
    return all.filter(({ operation, value, script, object }) => {
      const names = operation === 'signal' && value === MISSED ? found.get(scriptOf(script)) : undefined;
      return names === undefined || names.has(keyOf(walked.scene.objects.list[object] as SharedObject));
    });
  });
}

/** Who looks whether a file is there and writes it if not, acts on what it saw: also where the contents are what differs. */
function withChecks(list: readonly UsedObject[]): readonly UsedObject[] {
  const names = new Map(list.flatMap((used) => (used.object.facet === 'name' ? [[used.object.text, used.habits] as const] : [])));
  return list.map((used) => {
    const onName = used.object.facet === 'data' ? names.get(used.object.text) : undefined;
    if (onName === undefined) return used;
    const habits = [...used.habits].map(([script, habit]): [number, Habit] => {
      const other = onName.get(script);
      return [
        script,
        other === undefined
          ? habit
          : { ...habit, checks: habit.checks || other.checks, removes: habit.removes || other.removes, looks: habit.looks || other.looks },
      ];
    });
    return { ...used, habits: new Map(habits) };
  });
}

/** Names of one recording that differ by pids only are not one: each meets those of the other recordings. */
function mergeUsed(list: readonly UsedObject[]): readonly UsedObject[] {
  const texts = new Set(list.map(({ object }) => object.text));
  if (texts.size > 1) return list;
  const habits = new Map<number, Habit>();
  const uses: Use[] = [];
  for (const used of list) {
    uses.push(...used.uses);
    for (const [script, habit] of used.habits) habits.set(script, or(habits.get(script), habit));
  }
  return [{ object: (list[0] as UsedObject).object, uses, habits }];
}

/** `empties` must hold in every recording, the others in one. */
function or(a: Habit | undefined, b: Habit): Habit {
  if (a === undefined) return b;
  return {
    checks: a.checks || b.checks,
    takes: a.takes || b.takes,
    updates: a.updates || b.updates,
    learns: a.learns || b.learns,
    looks: a.looks || b.looks,
    removes: a.removes || b.removes,
    remakes: a.remakes || b.remakes,
    cleans: a.cleans || b.cleans,
    ensures: a.ensures || b.ensures,
    empties: a.empties && b.empties,
  };
}
