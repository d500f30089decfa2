/** Who may be logging in at once: sshd_config(5) MaxStartups, but a flood crowds out only itself. */

interface Startup {
  /** Where it comes from: see source.ts. */
  readonly source: string;
  /** Closes the connection. */
  readonly drop: () => void;
}

export interface Startups {
  /** Takes one in; beyond the limit, the oldest of the busiest source is dropped. */
  add(startup: Startup): void;
  /** It has logged in or gone. */
  remove(startup: Startup): void;
  readonly count: number;
}

/** A stalled client holds its place only until somebody else needs it: a new login is never refused for old ones. */
export function createStartups(most: number): Startups {
  const waiting = new Set<Startup>();
  return {
    add(startup) {
      waiting.add(startup);
      if (waiting.size <= most) return;
      const victim = findVictim([...waiting]);
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
function findVictim(waiting: readonly Startup[]): Startup {
  const places = new Map<string, number>();
  for (const { source } of waiting) places.set(source, (places.get(source) ?? 0) + 1);
  const most = Math.max(...places.values());
  return waiting.find(({ source }) => places.get(source) === most) as Startup;
}
