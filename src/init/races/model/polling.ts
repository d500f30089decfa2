/** Loops that wait: the same program looks at the same thing again and again, and sleeps in between. */
import { WAITED } from './access-list.ts';
import type { Process } from './process-table.ts';

export interface Look {
  readonly process: Process;
  readonly object: number;
  /** What is done to it, by which call. */
  readonly what: string;
  readonly failed: boolean;
  /** Index of its access; -1: none was kept. */
  readonly access: number;
  readonly atUs: number;
}

export interface Polling {
  /** True: what was waited for has come, so whoever made it come was first. */
  look(look: Look): boolean;
  /** Somebody looked and did not find it. */
  isWanted(object: number): boolean;
}

interface Loop {
  sleeps: number;
  lastUs: number;
  misses: number;
  /** Looks behind a sleep. */
  rounds: number;
  /** Looks behind a pause that may have been a sleep. */
  pauses: number;
  readonly accesses: number[];
}

const PAUSE_US = 5000;
const MOST_ACCESSES = 10_000;

/** Marks in `flags` what belonged to a loop. */
export function openPolling(flags: number[]): Polling {
  const loops = new Map<Process, Map<string, Loop>>();
  const wanted = new Set<number>();

  function look(owner: Process, { process, object, what, failed, access, atUs }: Look): boolean {
    const key = `${object} ${what} ${process.comm}`;
    const known = loops.get(owner)?.get(key);
    if (known === undefined) {
      if (!failed && owner.sleeps === 0) return false;
      const loop = { sleeps: owner.sleeps, lastUs: atUs, misses: failed ? 1 : 0, rounds: 0, pauses: 0, accesses: [access] };
      const own = loops.get(owner) ?? new Map<string, Loop>();
      loops.set(owner, own.set(key, loop));
      return false;
    }
    if (owner.sleeps > known.sleeps) known.rounds += 1;
    else if (atUs - known.lastUs >= PAUSE_US) known.pauses += 1;
    known.sleeps = owner.sleeps;
    known.lastUs = atUs;
    if (known.accesses.length < MOST_ACCESSES) known.accesses.push(access);
    if (failed) {
      known.misses += 1;
      return false;
    }
    if (!waits(known)) return false;
    for (const index of known.accesses) if (index >= 0) flags[index] = (flags[index] ?? 0) | WAITED;
    return true;
  }

  return {
    isWanted: (object) => wanted.has(object),
    look(each) {
      if (each.failed) wanted.add(each.object);
      const { process } = each;
      const own = look(process, each);
      const { parent } = process;
      return parent !== undefined && parent.script === process.script ? look(parent, each) || own : own;
    },
  };
}

const waits = ({ misses, rounds, pauses }: Loop): boolean =>
  (misses >= 1 && rounds >= 1) || rounds >= 2 || (misses >= 3 && rounds + pauses >= 3);
