/** Names that are locks: only one can make them, and takes them away when it is done (`mkdir`, `ln`, O_EXCL). */
import { FAILED } from './access-list.ts';
import { textOfName } from './held-locks.ts';
import { type Operation, operations } from './operations.ts';
import type { Process } from './process-table.ts';
import type { Scene } from './scene.ts';

/** From the access that made the name to the one that took it away. */
interface Held {
  readonly text: string;
  readonly script: number;
  readonly first: number;
  readonly last: number;
}

type Actors = readonly (Process | undefined)[];

/** Notes of all that was done between that it was done under the lock. */
export function holdNames(scene: Scene, actors: Actors, places: Int32Array): void {
  const { accesses, trace } = scene;
  const { list } = accesses;
  const tickOf = (index: number): number => list.tick[index] as number;
  for (const { text, script, first, last } of findHeld(scene)) {
    const [from, until] = [tickOf(first), tickOf(last)];
    const owner = commonOwner(actors[from], actors[until]);
    if (owner === undefined) continue;
    const madeUs = trace.events[places[from] as number]?.atUs ?? 0;
    const isLater = ({ forkedAt }: Process): boolean => (trace.events[forkedAt]?.atUs ?? 0) > madeUs;
    const hold = textOfName(text);
    for (let index = first + 1; index < last; index += 1) {
      if (list.script[index] !== script) continue;
      const actor = actors[tickOf(index)];
      if (actor !== undefined && isInside(actor, owner, isLater, until)) accesses.hold(index, hold);
    }
  }
}

/** What it began later and has ended is inside; what was there before, or goes on, is not. */
function isInside(actor: Process, owner: Process, isLater: (process: Process) => boolean, until: number): boolean {
  for (let at: Process | undefined = actor; at !== undefined; at = at.parent) {
    if (at === owner) return true;
    if (!isLater(at) || (at.endedAt ?? Number.POSITIVE_INFINITY) > until) return false;
  }
  return false;
}

function commonOwner(maker: Process | undefined, remover: Process | undefined): Process | undefined {
  const above = new Set<Process>();
  for (let at = maker; at !== undefined && at.script === maker?.script; at = at.parent) above.add(at);
  for (let at = remover; at !== undefined; at = at.parent) if (above.has(at)) return at;
  return undefined;
}

/** Of names that two scripts try to make, and nobody takes away who has not made them. */
function findHeld({ accesses: { list }, objects }: Scene): readonly Held[] {
  const makers = new Map<number, Set<number>>();
  const isName = (object: number): boolean => objects.list[object]?.facet === 'name';
  for (let index = 0; index < list.object.length; index += 1) {
    const object = list.object[index] as number;
    if (operationAt(list.operation, index) !== 'create' || !isName(object)) continue;
    makers.set(object, (makers.get(object) ?? new Set()).add(list.script[index] as number));
  }
  const made = new Map<number, number>();
  const stolen = new Set<number>();
  const held: (Held & { readonly object: number })[] = [];
  for (let index = 0; index < list.object.length; index += 1) {
    const object = list.object[index] as number;
    const [operation, script] = [operationAt(list.operation, index), list.script[index] as number];
    if ((makers.get(object)?.size ?? 0) < 2 || ((list.flags[index] as number) & FAILED) !== 0) continue;
    if (operation === 'create') made.set(object, index);
    if (operation === 'ensure' || operation === 'replace') stolen.add(object);
    if (operation !== 'remove') continue;
    const first = made.get(object);
    if (first === undefined || list.script[first] !== script) stolen.add(object);
    else held.push({ object, text: objects.list[object]?.text ?? '', script, first, last: index });
    made.delete(object);
  }
  return held.filter(({ object }) => !stolen.has(object));
}

const operationAt = (column: readonly number[], index: number): Operation | undefined => operations[column[index] as number];
