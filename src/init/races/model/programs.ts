/** Which program each process has become last. */
import type { Call } from '../trace/trace.ts';
import type { Name } from './name-tree.ts';
import type { Process } from './process-table.ts';

export interface Begun {
  readonly name: Name;
  readonly script: number;
  readonly tick: number;
  readonly segment: number;
}

export interface Programs {
  /** A file was looked at: the kernel looks at what it is to run, and at what interprets that. */
  looked(process: Process, call: Call): void;
  began(process: Process, name: Name, at: { readonly tick: number; readonly segment: number }): void;
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
    began(process, name, { tick, segment }) {
      const isInterpreted = (looks.get(process) ?? 1) > 1;
      looks.delete(process);
      last.set(process, isInterpreted ? undefined : { name, script: process.script, tick, segment });
    },
  };
}
