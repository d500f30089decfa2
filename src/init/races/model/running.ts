/** Programs that run on: the kernel lets nobody write to their files (ETXTBSY), nor run what is being written. */
import type { Call } from '../trace/trace.ts';
import type { Name } from './name-tree.ts';
import type { RawAccess } from './object-use.ts';
import type { Process } from './process-table.ts';
import { type Moment, type Scene, use } from './scene.ts';

export interface Begun {
  readonly name: Name;
  readonly script: number;
  readonly tick: number;
  readonly segment: number;
}

export interface Programs {
  /** A file was looked at: the kernel looks at what it is to run, and at what interprets that. */
  looked(process: Process, call: Call): void;
  began(moment: Moment, name: Name): void;
  /** The last program of each process; of a script it is another one's file that runs. */
  readonly last: ReadonlyMap<Process, Begun | undefined>;
}

/** include/linux/fs.h */
const FMODE_EXEC = 0x20;
const LOADER = /\/ld[^/]*\.so[^/]*$/;

export function openPrograms(): Programs {
  const looks = new Map<Process, number>();
  const last = new Map<Process, Begun | undefined>();
  return {
    last,
    looked(process, { flags = 0, path = '', result }) {
      if ((flags & FMODE_EXEC) === 0 || result < 0 || LOADER.test(path)) return;
      looks.set(process, (looks.get(process) ?? 0) + 1);
    },
    began({ task: { process, segment }, tick }, name) {
      const isInterpreted = (looks.get(process) ?? 1) > 1;
      looks.delete(process);
      last.set(process, isInterpreted ? undefined : { name, script: process.script, tick, segment });
    },
  };
}

/** It is opened to be written to, and was there before. */
export function writesProgram(moment: Moment, name: Name, failed: boolean): void {
  if (!/^\/(dev|proc|sys)\//.test(name.path)) use(moment, moment.scene.objects.ofName('running', name), 'below', { failed });
}

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
