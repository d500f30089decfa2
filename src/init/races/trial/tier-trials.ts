/** The trials that are about a whole tier: one serial order again and again for the noise in it, and its exact reverse. */
import { orderAfter } from './bisect-order.ts';
import { type PlannedTrial, seedOf, type TrialTier } from './plan-finding.ts';

/** So many runs of one order show what changes by itself. */
const BASELINES = 5;
const REVERSES = 3;

export const baselinesOf = (tier: TrialTier): readonly PlannedTrial[] =>
  Array.from({ length: BASELINES }, (_, index) => planned(tier, `baseline ${tier.name} #${index + 1}`, tier.order, index + 1));

export const reversesOf = (tier: TrialTier): readonly PlannedTrial[] =>
  Array.from({ length: REVERSES }, (_, index) => planned(tier, `reverse ${tier.name} #${index + 1}`, tier.order.toReversed(), index + 1));

export const bisectionOf = (tier: TrialTier, swaps: number): PlannedTrial =>
  planned(tier, `bisect ${tier.name} ${swaps}`, orderAfter(tier.order, swaps), 1);

const planned = (tier: TrialTier, name: string, serial: readonly string[], nth: number): PlannedTrial => ({
  tier: tier.name,
  trial: { name, serial, holds: [], seed: seedOf(nth), until: tier.name },
});
