/** Declared edges behind which no conflict was ever seen: they are no fault, but a boot may wait for them in vain. Pure. */
import { formatWitness } from '../../plan/cycles.ts';
import { compareNames } from '../../plan/finding.ts';
import { makePlan } from '../../plan/make-plan.ts';
import type { RedundantEdge } from '../report/finding.ts';
import { criticalPathMs } from './critical-path.ts';
import { dropWord } from './edge-edits.ts';
import { editPlan } from './edit-image.ts';
import type { MendInput } from './propose-mends.ts';

/**
 * The dearest first. Only edges that a plain name asks for: a facility says what a script needs of any machine, not of this one. Of
 * scripts that never ran nothing is known, so `hasRun` must hold for both. Empty while the plan has a cycle.
 */
export function findRedundant(
  { image, durations, hasConflict }: Required<MendInput>,
  hasRun: (script: string) => boolean,
): readonly RedundantEdge[] {
  const { plan } = makePlan(image);
  if (plan === undefined) return [];
  const nowMs = criticalPathMs(plan, durations);
  const edges = plan.groups
    .filter(({ group }) => group.letter === 'S')
    .flatMap(({ tiers }) => tiers.flatMap(({ scripts }) => scripts.flatMap(({ after }) => after)));
  const found = new Map<string, RedundantEdge>();
  for (const edge of edges) {
    const { from, to, by, key, word } = edge;
    const id = `${from} ${to}`;
    if (found.has(id) || word.startsWith('$') || !hasRun(from) || !hasRun(to) || hasConflict(from, to)) continue;
    const writer = image.scripts.find(({ name }) => name === by);
    const without = writer === undefined ? undefined : makePlan(editPlan(image, [dropWord(writer, key, word)])).plan;
    const gainMs = without === undefined ? 0 : Math.max(0, Math.round(nowMs - criticalPathMs(without, durations)));
    found.set(id, { from, to, witness: formatWitness(edge), gainMs });
  }
  return [...found.values()].toSorted((a, b) => b.gainMs - a.gainMs || compareNames(a.from, b.from) || compareNames(a.to, b.to));
}
