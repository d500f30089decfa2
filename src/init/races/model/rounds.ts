/** Loops that wait for something that can always be asked for, and never is refused: they ask, sleep, and ask again until they like the answer. */
import type { Facet, SharedObject } from './object-table.ts';
import type { Digest } from './object-use.ts';
import { isStore, operations } from './operations.ts';

/** Whether the one asks in rounds until the other has changed the object. */
export type WaitsInRounds = (asking: number, changing: number, object: SharedObject) => boolean;

/** Ticks, ascending, of one object in one recording, by script. */
interface Told {
  readonly asked: Map<number, number[]>;
  readonly changed: Map<number, number[]>;
}

/**
 * Two looks with a sleep between them are no loop yet: the script may always sleep there. It is one when the change came between the last
 * two rounds, whenever there was more than one, and there was no second round, and no sleep, where the change came first.
 */
export function openRounds(digests: readonly Digest[], keyOf: (object: SharedObject) => string): WaitsInRounds {
  const sleeps = digests.map(sleepsOf);
  const sleepers = new Set(sleeps.flatMap((byScript) => [...byScript.keys()]));
  const told = sleepers.size === 0 ? [] : digests.map((digest) => readTold(digest, sleepers, keyOf));
  return (asking, changing, object) => {
    if (!sleepers.has(asking)) return false;
    const asks = askedBy(object).map(keyOf);
    const key = keyOf(object);
    const seen = told.map((each, trace): Seen => {
      const asked = asks.flatMap((one) => each.get(one)?.asked.get(asking) ?? []).sort((a, b) => a - b);
      return seeRounds(asked, each.get(key)?.changed.get(changing) ?? [], sleeps[trace]?.get(asking) ?? []);
    });
    if (seen.includes('goes-on')) return false;
    return seen.includes('waits-long') || (seen.includes('waits') && seen.includes('finds'));
  };
}

/** By itself, in the table that lists all of its kind, and a mount by the directory that it is on. */
export function askedBy(object: SharedObject): readonly SharedObject[] {
  const { facet, text, label } = object;
  const table = { facet: 'table', text: label === '' ? facet : `${facet}{${label}}`, label } as const;
  return [object, table, ...(facet === 'mount' ? [{ facet: 'name', text, label } as const] : [])];
}

/** They are asked for by tables, too. */
const LISTED: readonly Facet[] = ['mount', 'module', 'ready', 'address', 'routes', 'interfaces'];

/** `finds`: asked once, behind the change; `waits`: in rounds, the last of them behind it; `goes-on`: was content without, or asked on. */
type Seen = 'finds' | 'waits' | 'waits-long' | 'goes-on' | 'nothing';

function seeRounds(asked: readonly number[], changed: readonly number[], slept: readonly number[]): Seen {
  if (asked.length === 0 || changed.length === 0) return 'nothing';
  let sleeps = 0;
  const rounds = [
    ...Map.groupBy(asked, (tick) => {
      while (sleeps < slept.length && (slept[sleeps] as number) < tick) sleeps += 1;
      return sleeps;
    }).values(),
  ];
  const last = rounds.at(-1)?.[0] as number;
  const before = rounds.at(-2)?.at(-1);
  if (before === undefined) return changed.some((tick) => tick < last) ? 'finds' : 'goes-on';
  if (!changed.some((tick) => tick > before && tick < last)) return 'goes-on';
  return rounds.length > 2 ? 'waits-long' : 'waits';
}

function sleepsOf({ walked, scriptOf }: Digest): ReadonlyMap<number, readonly number[]> {
  const sleeps = new Map<number, number[]>();
  for (const { script, tick } of walked.scene.sleeps) {
    const owner = scriptOf(script);
    const ticks = sleeps.get(owner) ?? [];
    sleeps.set(owner, ticks);
    ticks.push(tick);
  }
  return sleeps;
}

function readTold(
  { walked, scriptOf }: Digest,
  sleepers: ReadonlySet<number>,
  keyOf: (object: SharedObject) => string,
): ReadonlyMap<string, Told> {
  const { accesses, scene } = walked;
  const told = new Map<string, Told>();
  const asksOf = (script: number): boolean => sleepers.has(script);
  const wanted = new Set<number>();
  for (let index = 0; index < accesses.object.length; index += 1) {
    if (asksOf(scriptOf(accesses.script[index] as number))) wanted.add(accesses.object[index] as number);
  }
  for (let index = 0; index < accesses.object.length; index += 1) {
    const object = accesses.object[index] as number;
    if (!wanted.has(object) && !LISTED.includes((scene.objects.list[object] as SharedObject).facet)) continue;
    const script = scriptOf(accesses.script[index] as number);
    const operation = operations[accesses.operation[index] as number];
    if (operation === undefined) continue;
    const key = keyOf(scene.objects.list[object] as SharedObject);
    const each = told.get(key) ?? { asked: new Map<number, number[]>(), changed: new Map<number, number[]>() };
    told.set(key, each);
    const side = isStore(operation) ? each.changed : each.asked;
    if (!isStore(operation) && !asksOf(script)) continue;
    const ticks = side.get(script) ?? [];
    side.set(script, ticks);
    ticks.push(accesses.tick[index] as number);
  }
  return told;
}
