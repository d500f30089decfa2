/** Programs that run on: the kernel lets nobody write to their files. */
import type { RawAccess } from './object-use.ts';
import type { Process } from './process-table.ts';
import type { Begun } from './programs.ts';
import type { Scene } from './scene.ts';

/** Those that still ran when the recording ended, of files that somebody opens to write. */
export function runningPrograms({ objects, programs, processes }: Scene): readonly RawAccess[] {
  const written = new Map(
    objects.list.flatMap(({ facet, name }, object) => (facet === 'running' && name ? [[name, object] as const] : [])),
  );
  const found = new Set<Begun>();
  for (const process of written.size === 0 ? [] : processes()) {
    let at: Process | undefined = process;
    while (at !== undefined && !programs.last.has(at)) at = at.parent;
    const begun = at === undefined ? undefined : programs.last.get(at);
    if (begun !== undefined && begun.script >= 0 && written.has(begun.name)) found.add(begun);
  }
  return [...found].map(({ name, script, tick, segment }) => {
    return { object: written.get(name) as number, operation: 'lock', script, segment, tick, value: '', locks: '', flags: 0 };
  });
}
