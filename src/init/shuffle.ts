/** The order in which the scripts of a tier begin, other than by name: what was right by chance alone shows then. */
import type { Shuffle } from '../sys/kernel-options.ts';
import type { Sys } from '../sys/sys.ts';

export interface StartOrder<T> {
  readonly scripts: readonly T[];
  /** For the log: `in random order, seed 17`; absent: by name. The seed as `lifeboot.shuffle` brings the same order again. */
  readonly told?: string;
}

/** Never throws. The seed of `random` stays the same for the whole boot, also when the agent is started again. */
export async function startOrder<T>(sys: Sys, tier: string, scripts: readonly T[], shuffle: Shuffle | undefined): Promise<StartOrder<T>> {
  if (shuffle === undefined) return { scripts };
  if (shuffle === 'reverse') return { scripts: scripts.toReversed(), told: 'in reverse order' };
  const seed = shuffle === 'random' ? await seedOfBoot(sys) : shuffle;
  return { scripts: shuffled(scripts, `${seed} ${tier}`), told: `in random order, seed ${seed}` };
}

/** Fisher and Yates. The same seed and items give the same order on every machine. */
export function shuffled<T>(items: readonly T[], seed: string): readonly T[] {
  const next = randomNumbers(hash(seed));
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1));
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}

/** random(4): the kernel's own name of this boot. */
async function seedOfBoot(sys: Sys): Promise<number> {
  const id = await sys.readText('/proc/sys/kernel/random/boot_id').catch(() => undefined);
  return hash(id ?? String(sys.wallClock().getTime()));
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}

/** Marsaglia's xorshift of 32 bits: numbers from 0 to below 1. */
function randomNumbers(seed: number): () => number {
  let state = seed === 0 ? 1 : seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
