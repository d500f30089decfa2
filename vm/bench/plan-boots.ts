/** Which boots a run is made of, in which order, and how long they will take. */
import type { MeasureOptions } from './measure-boot.ts';
import { type BenchSystem, systems } from './systems.ts';

export const subjects = ['door', 'boot', 'memory', 'size'] as const;
export type Subject = (typeof subjects)[number];

export interface PlannedBoot {
  readonly system: BenchSystem;
  /** From 1. */
  readonly round: number;
  readonly until: MeasureOptions['until'];
}

/** Round after round through the systems, so that whatever drifts on the host hits all alike. */
export function planBoots(wanted: ReadonlySet<Subject>, runs: number): readonly PlannedBoot[] {
  const perRound = systems.flatMap((system) => {
    const until = farEnough(system, wanted);
    return until === undefined ? [] : [{ system, until }];
  });
  return Array.from({ length: runs }, (_, index) => perRound.map((boot) => ({ ...boot, round: index + 1 }))).flat();
}

/** How far a boot of this system must go for what is wanted; undefined: it need not boot. */
function farEnough(system: BenchSystem, wanted: ReadonlySet<Subject>): PlannedBoot['until'] | undefined {
  if (system.withLifeboot && wanted.has('memory')) return 'memory';
  if (system.comesUp && wanted.has('boot')) return 'up';
  const hasRescue = system.doors.some(({ name }) => name === 'rescue');
  return hasRescue && wanted.has('door') ? 'door' : undefined;
}

/** A boot that ends at the door, by the guess. */
const DOOR_SHARE = 0.25;

/** Learns from each boot how long the ones to come will take. */
export class Estimate {
  readonly #seenMs = new Map<string, number[]>();

  learn(boot: PlannedBoot, tookMs: number): void {
    const key = keyOf(boot);
    this.#seenMs.set(key, [...(this.#seenMs.get(key) ?? []), tookMs]);
  }

  /** Milliseconds that these boots need together. */
  of(boots: readonly PlannedBoot[]): number {
    return boots.reduce((sum, boot) => sum + this.#one(boot), 0);
  }

  #one(boot: PlannedBoot): number {
    const seen = this.#seenMs.get(keyOf(boot)) ?? [];
    if (seen.length > 0) return seen.reduce((a, b) => a + b, 0) / seen.length;
    return boot.until === 'door' && boot.system.comesUp ? boot.system.guessMs * DOOR_SHARE : boot.system.guessMs;
  }
}

const keyOf = ({ system, until }: PlannedBoot): string => `${system.name} ${until}`;
