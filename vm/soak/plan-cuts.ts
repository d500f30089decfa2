/** At which moments of a machine's life its power is cut. The same seed gives the same moments. */

export type Moment = 'boot' | 'steady' | 'shutdown';

export interface Cut {
  readonly moment: Moment;
  /** How far into that moment, from 0 to 1 of its usual length. */
  readonly share: number;
}

/** Half of the cuts hit a boot, where lifeboot itself works on the root; and those early rather than late, since late ones cost a whole boot more. */
const weights: readonly (readonly [Moment, number])[] = [
  ['boot', 0.5],
  ['steady', 0.3],
  ['shutdown', 0.2],
];
const EARLY = 1.5;

/** Pure. */
export function planCuts(count: number, seed: number): readonly Cut[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => {
    const moment = pick(random());
    return { moment, share: moment === 'boot' ? random() ** EARLY : random() };
  });
}

function pick(point: number): Moment {
  let left = point;
  for (const [moment, weight] of weights) {
    if (left < weight) return moment;
    left -= weight;
  }
  return 'boot';
}

/** mulberry32: numbers from 0 up to 1 that look random. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
