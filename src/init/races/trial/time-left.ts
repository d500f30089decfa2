/** How long an exploration goes on, and whether its budget is used up. */

export interface Clock {
  readonly budgetMs: number;
  readonly elapsedMs: number;
  /** Durations of the trials so far. */
  readonly durationsMs: readonly number[];
  /** Trials that are known to be outstanding. */
  readonly outstanding: number;
}

/** A trial that is likely to end after the budget does is not begun. */
export function isOver(clock: Clock): boolean {
  return clock.elapsedMs + medianOf(clock.durationsMs) > clock.budgetMs;
}

/** What is spent for a part of the trials; `share`: how much of all that was outstanding when it began, from 0 to 1. */
export interface Spent {
  readonly spentMs: number;
  readonly share: number;
}

/** Where the budget is not enough for all, no part gets more than its share of what was left: what comes last is not tried least. */
export function isShareUsed(clock: Clock, { spentMs, share }: Spent): boolean {
  const leftMs = clock.budgetMs - clock.elapsedMs;
  return clock.outstanding * medianOf(clock.durationsMs) > leftMs && spentMs > share * (leftMs + spentMs);
}

/** `12 trials left, about 3 min; the budget lasts for 40 min more`. */
export function describeLeft(clock: Clock): string {
  const { outstanding, budgetMs, elapsedMs, durationsMs } = clock;
  const wanted = outstanding * medianOf(durationsMs);
  const about = durationsMs.length === 0 ? '' : `, about ${minutes(wanted)}`;
  return `${outstanding} ${outstanding === 1 ? 'trial' : 'trials'} left${about}; the budget lasts for ${minutes(Math.max(0, budgetMs - elapsedMs))} more`;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const minutes = (ms: number): string => (ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`);
