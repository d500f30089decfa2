/** How likely a race bites: that the order turns round, and that something breaks then. */
import type { RaceType } from '../report/finding.ts';

/** Of a boot that went wrong that way; an average over the cases that are known. */
const harm: Readonly<Record<RaceType, number>> = { T1: 0.8, T2: 0.75, T3: 0.5, T4: 0.9, T5: 0.7, T6: 0.7, T7: 0.8, T8: 0.85, T9: 0.75 };

/** Of two witnesses of one pair the one that tells more goes first. */
export const severity = (type: RaceType): number => harm[type];

export interface Chances {
  readonly type: RaceType;
  /** How sure it is that the order can be told. */
  readonly weight: number;
  /** Between the two calls; negative: seen the other way round. */
  readonly slackMs: number;
  /** How long the tier took. */
  readonly tierMs: number;
  /** A call failed in it: what was predicted has been seen. */
  readonly hasFailed: boolean;
}

/** Disks and processors in the field are up to so much slower, or faster, than where it was recorded. */
const SPREAD = 10;
const LEAST_TIER_MS = 2000;
/** Of a draw: it does not depend on who is how far ahead. */
const DRAWN = 0.6;

/** 0 to 1, two digits. Milliseconds count against the length of the tier only: the recording may be of an emulated machine. */
export function scoreOf({ type, weight, slackMs, tierMs, hasFailed }: Chances): number {
  const reach = Math.max(tierMs, LEAST_TIER_MS) * SPREAD;
  const reverses = type === 'T8' ? DRAWN : slackMs <= 0 ? 1 : Math.max(0.05, 1 - (4 * slackMs) / reach);
  const score = reverses * Math.min(1, severity(type) * (hasFailed ? 1.15 : 1)) * weight;
  return Math.round(score * 100) / 100;
}
