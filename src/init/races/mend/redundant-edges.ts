/** Declared edges behind which no conflict was ever seen: they are no fault, but a boot may wait for them in vain. Pure. */
import { formatWitness } from '../../plan/cycles.ts';
import type { Edge } from '../../plan/edges.ts';
import { compareNames } from '../../plan/finding.ts';
import { makePlan, type Plan } from '../../plan/make-plan.ts';
import type { RedundantEdge } from '../report/finding.ts';
import { criticalPathMs } from './critical-path.ts';
import { dropWord } from './edge-edits.ts';
import { editPlan } from './edit-image.ts';
import type { MendInput } from './propose-mends.ts';

/**
 * The dearest first. Only edges that a plain name asks for: a facility says what a script needs of any machine, not of this one. Of
 * scripts that never ran nothing is known, so `hasRun` must hold for both. An edge that keeps others in an order that they need is none
 * of them. Empty while the plan has a cycle.
 */
export function findRedundant(
  { image, durations, hasConflict }: Required<MendInput>,
  hasRun: (script: string) => boolean,
): readonly RedundantEdge[] {
  const { plan } = makePlan(image);
  if (plan === undefined) return [];
  const nowMs = criticalPathMs(plan, durations);
  const needed = orderedPairs(plan).filter(([early, late]) => hasConflict(early, late));
  const found = new Map<string, RedundantEdge>();
  for (const edge of startEdges(plan)) {
    const { from, to, by, key, word } = edge;
    const id = `${from} ${to}`;
    if (found.has(id) || word.startsWith('$') || !hasRun(from) || !hasRun(to) || hasConflict(from, to)) continue;
    const writer = image.scripts.find(({ name }) => name === by);
    const without = writer === undefined ? undefined : makePlan(editPlan(image, [dropWord(writer, key, word)])).plan;
    if (without === undefined || !keeps(without, needed)) continue;
    found.set(id, { from, to, witness: formatWitness(edge), gainMs: Math.max(0, Math.round(nowMs - criticalPathMs(without, durations))) });
  }
  return [...found.values()].toSorted((a, b) => b.gainMs - a.gainMs || compareNames(a.from, b.from) || compareNames(a.to, b.to));
}

const startGroups = ({ groups }: Plan) => groups.filter(({ group }) => group.letter === 'S');

const startEdges = (plan: Plan): readonly Edge[] =>
  startGroups(plan).flatMap(({ tiers }) => tiers.flatMap(({ scripts }) => scripts.flatMap(({ after }) => after)));

/** Every two scripts of which one waits for the other, also over others in between. */
function orderedPairs(plan: Plan): readonly (readonly [early: string, late: string])[] {
  return startGroups(plan).flatMap(({ tiers }) => {
    const behind = new Map<string, ReadonlySet<string>>();
    for (const { scripts } of tiers) {
      for (const { script, after } of scripts) {
        behind.set(script.name, new Set(after.flatMap(({ to }) => [to, ...(behind.get(to) ?? [])])));
      }
    }
    return [...behind].flatMap(([late, all]) => [...all].map((early) => [early, late] as const));
  });
}

function keeps(plan: Plan, needed: readonly (readonly [string, string])[]): boolean {
  const pairs = new Set(orderedPairs(plan).map(([early, late]) => `${early}\0${late}`));
  return needed.every(([early, late]) => pairs.has(`${early}\0${late}`));
}
