/** Makes sources that knock and never get in wait: sshd_config(5) PerSourcePenalties, but nobody is shut out for good. */

/** What ended a connection without a log-in: `nothing` was offered, keys were `refused`, the time to log in was over. */
export type Offence = 'nothing' | 'refused' | 'slow';

export interface Penalties {
  add(source: string, offence: Offence): void;
  /** Somebody has logged in from there. */
  forgive(source: string): void;
  /** A connection begins: how many milliseconds it waits before it is served, or undefined when it is refused. */
  begin(source: string): number | undefined;
  /** A wait is over. */
  end(source: string): void;
  /** Sources in the table. */
  readonly size: number;
}

interface Culprit {
  expiresMs: number;
  waiting: number;
}

/** OpenSSH's noauth, authfail and grace-exceeded. */
const PENALTY_MS: Readonly<Record<Offence, number>> = { nothing: 1_000, refused: 5_000, slow: 10_000 };
/** OpenSSH's "min": a health check or one set of wrong keys is not enough. */
const LEAST_MS = 15_000;
const WAIT_MS = 3_000;
/** So many from one source wait at once: an operator behind the same address as a scanner is late, not locked out. */
const MOST_WAITING = 5;
const MOST_SOURCES = 4096;

/** `mostMs` caps what adds up, 0 switches all of it off. The table is bounded: the source that came first is forgotten first. */
export function createPenalties(nowMs: () => number, mostMs: number): Penalties {
  const culprits = new Map<string, Culprit>();

  function makeRoom(): void {
    if (culprits.size < MOST_SOURCES) return;
    const now = nowMs();
    for (const [source, culprit] of culprits) if (culprit.expiresMs <= now && culprit.waiting === 0) culprits.delete(source);
    const [first] = culprits.keys();
    if (culprits.size >= MOST_SOURCES && first !== undefined) culprits.delete(first);
  }

  return {
    add(source, offence) {
      if (mostMs === 0) return;
      const now = nowMs();
      const known = culprits.get(source);
      if (known === undefined) makeRoom();
      const fromMs = Math.max(now, known?.expiresMs ?? 0);
      const expiresMs = Math.min(fromMs + PENALTY_MS[offence], now + mostMs);
      culprits.set(source, { expiresMs, waiting: known?.waiting ?? 0 });
    },
    forgive: (source) => void culprits.delete(source),
    begin(source) {
      const culprit = culprits.get(source);
      if (culprit === undefined || culprit.expiresMs - nowMs() < Math.min(LEAST_MS, mostMs)) return 0;
      if (culprit.waiting >= MOST_WAITING) return undefined;
      culprit.waiting += 1;
      return WAIT_MS;
    },
    end(source) {
      const culprit = culprits.get(source);
      if (culprit !== undefined) culprit.waiting = Math.max(0, culprit.waiting - 1);
    },
    get size() {
      return culprits.size;
    },
  };
}
