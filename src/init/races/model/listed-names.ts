/** What a script saw when it listed a directory that scripts put names into, as far as calls tell what was there. */
import { FAILED } from './access-list.ts';
import { operations } from './operations.ts';
import type { Walked } from './walk.ts';

interface ListedName {
  /** Index in its recording. */
  readonly script: number;
  readonly path: string;
}

/** By the last look of each script at each directory. */
export function listedNames({ accesses, scene }: Walked): readonly ListedName[] {
  const changed = new Set<number>();
  const lists = new Map<string, { readonly object: number; readonly script: number; readonly tick: number }>();
  accesses.operation.forEach((code, index) => {
    const object = accesses.object[index] as number;
    const operation = operations[code];
    if (operation === 'change') changed.add(object);
    if (operation !== 'list' || ((accesses.flags[index] as number) & FAILED) !== 0) return;
    const script = accesses.script[index] as number;
    lists.set(`${script} ${object}`, { object, script, tick: accesses.tick[index] as number });
  });
  const seen: ListedName[] = [];
  for (const { object, script, tick } of lists.values()) {
    const children = changed.has(object) ? scene.objects.list[object]?.name?.children : undefined;
    for (const name of children?.values() ?? []) if (scene.presence.at(name, tick) === true) seen.push({ script, path: name.path });
  }
  return seen;
}
