/** Who may be logging in at once: sshd_config(5) MaxStartups, but a flood crowds out only itself. */

interface Startup {
  /** Where it comes from: see source.ts. */
  readonly source: string;
  /** Closes the connection. */
  readonly drop: () => void;
}

export interface Startups {
  /** Takes one in; beyond the limit, one that had time enough is dropped, beyond twice the limit any: the oldest of the busiest source. */
  add(startup: Startup): void;
  /** It has logged in or gone. */
  remove(startup: Startup): void;
  readonly count: number;
}

/** A log-in takes tens of milliseconds, on a bad line a second or two. */
const ENOUGH_MS = 2_000;

/** A stalled client holds its place only until somebody else needs it: a new login is never refused for old ones. */
export function createStartups(most: number, nowMs: () => number): Startups {
  const waiting = new Map<Startup, number>();
  return {
    add(startup) {
      const now = nowMs();
      waiting.set(startup, now);
      if (waiting.size <= most) return;
      const slow = [...waiting].filter(([, sinceMs]) => now - sinceMs >= ENOUGH_MS).map(([each]) => each);
      if (slow.length === 0 && waiting.size <= 2 * most) return;
      const victim = findVictim(slow.length > 0 ? slow : [...waiting.keys()]);
      waiting.delete(victim);
      victim.drop();
    },
    remove: (startup) => void waiting.delete(startup),
    get count() {
      return waiting.size;
    },
  };
}

/** The oldest of the source with most places; of equal sources, the one that came first. */
export function findVictim<T extends { readonly source: string }>(waiting: readonly T[]): T {
  const places = new Map<string, number>();
  for (const { source } of waiting) places.set(source, (places.get(source) ?? 0) + 1);
  const most = Math.max(...places.values());
  return waiting.find(({ source }) => places.get(source) === most) as T;
}
