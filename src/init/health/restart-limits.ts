/** How often and how fast what is unhealthy is restarted: no storm, and no endless round. */

export interface RestartLimits {
  /** Wait before the first restart; doubled with each one that still counts. */
  readonly delayMs: number;
  readonly maxDelayMs: number;
  /** Restarts of one script that may lie within `windowMs`; one more is not made. */
  readonly limit: number;
  readonly windowMs: number;
  /** Restarts that run at the same time, of the whole machine. */
  readonly atOnce: number;
  /** When so many become unhealthy within `stormWindowMs`, nothing is restarted for `pauseMs`. */
  readonly stormSize: number;
  readonly stormWindowMs: number;
  readonly pauseMs: number;
}

/** When the restarts began that still count. */
export const recentOf = (restartsMs: readonly number[], nowMs: number, { windowMs }: RestartLimits): readonly number[] =>
  restartsMs.filter((atMs) => atMs > nowMs - windowMs);

/** The wait before the next restart after `recent` of them, without chance in it; undefined when the limit is reached. */
export function restartDelay(recent: number, { limit, delayMs, maxDelayMs }: RestartLimits): number | undefined {
  if (recent >= limit) return undefined;
  // 2 ** 30 is past every longest wait.
  return Math.min(maxDelayMs, delayMs * 2 ** Math.min(recent, 30));
}
