/** What an edit of headers does to the plan: whether there still is one, where scripts are then, and what it costs. Pure. */
import { findCycles } from '../../plan/cycles.ts';
import { type Edge, findEdges, scriptsOf } from '../../plan/edges.ts';
import { groups } from '../../plan/groups.ts';
import { makePlan, type Plan, type PlanInput } from '../../plan/make-plan.ts';
import { planRows } from '../../plan/plan-rows.ts';
import { findProviders } from '../../plan/providers.ts';
import type { HeaderEdit } from '../report/finding.ts';
import { criticalPathMs, type Durations } from './critical-path.ts';
import { editPlan } from './edit-image.ts';

export type Checked =
  | { readonly kind: 'ordered'; readonly tier: string; readonly costMs: number; readonly plan: Plan }
  /** The edges of the first cycle, from the script that the edit is about. */
  | { readonly kind: 'cycle'; readonly edges: readonly Edge[] }
  /** The scripts do not start together, or there are more tiers than numbers. */
  | { readonly kind: 'no-effect' };

/** `before`: the plan without the edit. Of the same edit always the same answer. */
export function checkOrder(
  input: PlanInput,
  edits: readonly HeaderEdit[],
  { first, second }: { readonly first: string; readonly second: string },
  { before, durations }: { readonly before: Plan; readonly durations: Durations },
): Checked {
  const edited = editPlan(input, edits);
  const { plan } = makePlan(edited);
  if (plan === undefined) {
    const asked = ({ by, key }: Edge) => edits.some((edit) => edit.script === by && edit.key === key);
    const edges = cyclesOf(edited).find((cycle) => cycle.some(asked));
    return edges === undefined ? { kind: 'no-effect' } : { kind: 'cycle', edges };
  }
  const tier = placeOf(plan, first, second);
  if (tier === undefined) return { kind: 'no-effect' };
  const costMs = Math.round(criticalPathMs(plan, durations) - criticalPathMs(before, durations));
  return { kind: 'ordered', tier, costMs, plan };
}

/** The tier of `second`, when it is behind that of `first` wherever both start. */
function placeOf(plan: Plan, first: string, second: string): string | undefined {
  const rows = planRows(plan).filter(({ tier }) => tier.startsWith('rc'));
  const directory = (tier: string) => tier.slice(0, tier.indexOf('/'));
  const pairs = rows.flatMap((row) => {
    const other =
      row.name === second ? rows.find(({ name, tier }) => name === first && directory(tier) === directory(row.tier)) : undefined;
    return other === undefined ? [] : [{ early: other.tier, late: row.tier }];
  });
  const isOrdered = pairs.length > 0 && pairs.every(({ early, late }) => early < late);
  return isOrdered ? (pairs.find(({ late }) => late.startsWith('rc2')) ?? pairs[0])?.late : undefined;
}

function cyclesOf(input: PlanInput): readonly (readonly Edge[])[] {
  const providers = findProviders(input.scripts);
  return groups
    .filter(({ letter }) => letter === 'S')
    .flatMap((group) => findCycles(findEdges(group, scriptsOf(group, input.scripts), providers, input.facilities)));
}
