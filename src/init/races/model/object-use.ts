/** Who did what to which object, without what cannot matter: objects that nobody stores to, and repetitions. */
import { type Access, CLEANS, FAILED, MISSES_BELOW, TAKES_PLACE, TOLERANT, WAITED } from './access-list.ts';
import { type Habit, noteHabit, type Progress, startHabit } from './habits.ts';
import { copyBefore } from './mount-calls.ts';
import type { Name } from './name-tree.ts';
import type { Facet, SharedObject } from './object-table.ts';
import { isStore, type Operation, operations } from './operations.ts';
import type { Walked } from './walk.ts';

/** The same operation by the same script, standing the same way to all of other scripts. */
export interface Use {
  /** Index of the recording. */
  readonly trace: number;
  /** Index among all scripts of all recordings. */
  readonly script: number;
  readonly operation: Operation;
  readonly value: string;
  readonly flags: number;
  readonly locks: string;
  /** Of the object's name, when it was done; undefined: unknown. */
  readonly wasThere: boolean | undefined;
  /** Its script had made it before: it is there, whoever else comes first. */
  readonly isGuarded: boolean;
  /** Numbers of Order. */
  readonly before: number;
  readonly behind: number;
  readonly firstTick: number;
  lastTick: number;
}

export interface UsedObject {
  readonly object: SharedObject;
  readonly uses: readonly Use[];
  readonly habits: ReadonlyMap<number, Habit>;
}

/** A recording among others. */
export interface Digest {
  readonly walked: Walked;
  /** Its index. */
  readonly trace: number;
  /** Index among all scripts of a script of this recording. */
  readonly scriptOf: (own: number) => number;
}

export interface RawAccess extends Access {
  /** Known better than by the name's history. */
  readonly wasThere?: boolean;
}

/** `isStored`: whether a script of any recording stores to it. */
export function findUses(
  { walked, trace, scriptOf }: Digest,
  isStored: (object: SharedObject) => boolean,
  derived: readonly RawAccess[],
): readonly UsedObject[] {
  const { objects } = walked.scene;
  const kept = Uint8Array.from(objects.list, (object) => (isStored(object) ? 1 : 0));
  const collectors = new Map<number, Collector>();
  const collect = (access: RawAccess): void => {
    const object = objects.list[access.object];
    if (object === undefined || kept[access.object] !== 1) return;
    let collector = collectors.get(access.object);
    if (collector === undefined) {
      collector = openCollector({ walked, trace, scriptOf }, object);
      collectors.set(access.object, collector);
    }
    collector.add(access);
  };
  const ancestry = openAncestry(walked, kept);
  const { accesses } = walked;
  const late = derived.toSorted((a, b) => a.tick - b.tick);
  let next = 0;
  for (let index = 0; index < accesses.object.length; index += 1) {
    const tick = accesses.tick[index] as number;
    for (; next < late.length && (late[next] as RawAccess).tick <= tick; next += 1) collect(late[next] as RawAccess);
    const object = accesses.object[index] as number;
    const name = objects.list[object]?.facet === 'name' ? objects.list[object].name : undefined;
    const above = name === undefined ? NOTHING : ancestry(name);
    if (kept[object] !== 1 && above.length === 0) continue;
    const access = accessAt(walked, index);
    collect(access);
    for (const each of above) derive(seenBy(walked, access, each), each, name === each.name, collect);
  }
  for (; next < late.length; next += 1) collect(late[next] as RawAccess);
  return [...collectors.values()].map((collector) => collector.used());
}

const NOTHING: readonly Above[] = [];

function accessAt({ accesses }: Walked, index: number): RawAccess {
  const number = (column: readonly number[]): number => column[index] as number;
  return {
    object: number(accesses.object),
    operation: operations[number(accesses.operation)] as Operation,
    script: number(accesses.script),
    segment: number(accesses.segment),
    tick: number(accesses.tick),
    value: accesses.texts[number(accesses.value)] ?? '',
    locks: accesses.texts[number(accesses.locks)] ?? '',
    flags: number(accesses.flags),
  };
}

interface Above {
  readonly object: number;
  readonly facet: Facet;
  readonly name: Name;
}

/** Directories above a name that somebody makes, removes, mounts on. */
function openAncestry({ scene }: Walked, kept: Uint8Array): (name: Name) => readonly Above[] {
  const stored = new Map<Name, Above[]>();
  scene.objects.list.forEach(({ facet, name }, object) => {
    if (kept[object] !== 1 || name === undefined || !['name', 'mount', 'writable'].includes(facet)) return;
    stored.set(name, [...(stored.get(name) ?? []), { object, facet, name }]);
  });
  const known = new Map<Name, readonly Above[]>();
  return (name) => {
    if (stored.size === 0) return NOTHING;
    const answer = known.get(name);
    if (answer !== undefined) return answer;
    const above: Above[] = (stored.get(name) ?? []).filter(({ facet }) => facet !== 'name');
    for (let at = name.parent; at !== undefined; at = at.parent) above.push(...(stored.get(at) ?? []));
    known.set(name, above);
    return above;
  };
}

/** Who has mounts of its own sees those that were there when it copied them: nothing that it does later can come too late, or in time. */
function seenBy({ actors }: Walked, access: RawAccess, { facet, name }: Above): RawAccess {
  const mnt = facet === 'mount' ? actors[access.tick]?.spaces.mnt : undefined;
  const copied = mnt === undefined ? undefined : copyBefore(mnt, name, access.tick);
  if (copied === undefined || copied.script !== access.script) return access;
  return { ...access, tick: copied.tick, segment: copied.segment, flags: access.flags & ~WAITED };
}

/** Who does something below a directory needs it, and sees what is mounted there. */
function derive(access: RawAccess, { object, facet }: Above, isItself: boolean, collect: (access: RawAccess) => void): void {
  const flags = access.flags & ~(TOLERANT | CLEANS);
  if (facet === 'writable') {
    if (isStore(access.operation) && (flags & FAILED) === 0) collect({ ...access, object, operation: 'look', flags });
    return;
  }
  const misses = facet === 'name' && access.operation === 'look' && (flags & FAILED) !== 0 ? MISSES_BELOW : 0;
  const takes = facet === 'mount' && isItself && (flags & FAILED) === 0 && TAKES.has(access.operation) ? TAKES_PLACE : 0;
  collect({ ...access, object, operation: facet === 'mount' ? 'below' : 'look', value: '', flags: flags | misses | takes });
}

const TAKES: ReadonlySet<Operation> = new Set(['remove', 'replace']);

interface Collector {
  add(access: RawAccess): void;
  used(): UsedObject;
}

const GUARDED: ReadonlySet<Operation> = new Set(['look', 'ensure', 'create']);

function openCollector({ walked, trace, scriptOf }: Digest, object: SharedObject): Collector {
  const { scene, order } = walked;
  const uses = new Map<string, Use>();
  const habits = new Map<number, Habit & Progress>();
  const { presence } = scene;
  return {
    used: () => ({ object, uses: [...uses.values()], habits }),
    add(access) {
      const { operation, tick, segment, value, locks } = access;
      const script = scriptOf(access.script);
      const habit = habits.get(script) ?? startHabit();
      habits.set(script, habit);
      const isGuarded = object.facet === 'name' && habit.made && GUARDED.has(operation);
      noteHabit(habit, access, walked.actors[tick]);
      const { name } = object;
      const ofMount = object.facet === 'writable';
      const known = access.wasThere ?? presence.at(ofMount ? object : (name ?? object), tick);
      const wasThere = known ?? (name && !ofMount ? fresh(name, tick) : undefined);
      const [before, behind] = [order.before[segment] as number, order.behind[segment] as number];
      const key = `${script} ${operation} ${valueKey(operation, value)} ${access.flags} ${locks} ${wasThere} ${isGuarded} ${before} ${behind}`;
      const use = uses.get(key);
      if (use !== undefined) use.lastTick = tick;
      else {
        const { flags } = access;
        uses.set(key, {
          trace,
          script,
          operation,
          value,
          flags,
          locks,
          wasThere,
          isGuarded,
          before,
          behind,
          firstTick: tick,
          lastTick: tick,
        });
      }
    },
  };

  /** In a directory that was just made there is nothing. */
  function fresh(name: Name, tick: number): false | undefined {
    return name.parent !== undefined && presence.at(name.parent, tick) === false ? false : undefined;
  }
}

/** Values that nobody else would write are all the same: different from others'. */
const valueKey = (operation: Operation, value: string): string =>
  value.startsWith('#') && (operation === 'write' || operation === 'append' || operation === 'set') ? '#' : value;
