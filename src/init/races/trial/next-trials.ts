/** What is to be tried next, from what was tried already: pure, so that an exploration can go on where it was left, on another machine too. */
import type { Finding, Judgement } from '../report/finding.ts';
import { bisect } from './bisect-order.ts';
import { diffOutcomes, noiseOf } from './diff-outcomes.ts';
import { type Exploration, gatherEvidence, isSerialEqual, type Results } from './evidence.ts';
import { type Difference, decides, describeDifference, isFailure } from './failures.ts';
import { judge } from './judge.ts';
import type { PlannedTrial, TrialTier } from './plan-finding.ts';
import { baselinesOf, bisectionOf, reversesOf } from './tier-trials.ts';
import type { Outcome } from './trial.ts';

export interface Agenda {
  /** The most telling first. Empty: everything is judged. */
  readonly outstanding: readonly PlannedTrial[];
  readonly judgements: ReadonlyMap<string, Judgement>;
  /** Failures of a reversed tier that no finding explains: who it is, in words. */
  readonly unexplained: readonly string[];
}

/** Every tier with a finding inside of it first, then the findings by their score, then what a reversed tier shows and nobody predicted. */
export function planNext(findings: readonly Finding[], exploration: Exploration, results: Results): Agenda {
  const tiers = exploration.tiers.filter(({ order }) => findings.some(({ scripts }) => scripts.every((script) => order.includes(script))));
  const tierTrials = tiers.flatMap((tier) => outstandingOf(tier, results));
  // Nothing is judged before its own tier is known; that of others is none of its business.
  const isOpen = ({ scripts }: Finding): boolean =>
    tiers.some(({ name, order }) => scripts.some((script) => order.includes(script)) && tierTrials.some(({ tier }) => tier === name));
  const gathered = findings
    .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    .map((finding) => ({ finding, evidence: gatherEvidence(finding, exploration, results) }));
  const judgements = new Map(
    gathered.map(({ finding, evidence }) => {
      const judgement = judge(finding, evidence);
      return [finding.id, isOpen(finding) ? predicted(judgement) : judgement];
    }),
  );
  const findingTrials = gathered.flatMap(({ evidence }) => evidence.outstanding);
  if (tierTrials.length > 0) return { outstanding: [...tierTrials, ...findingTrials], judgements, unexplained: [] };
  if (findingTrials.length > 0) return { outstanding: findingTrials, judgements, unexplained: [] };
  const others = othersOf(findings, exploration);
  const bisections = tiers.map((tier) => explain(tier, results, { judgements: [...judgements.values()], others }));
  return {
    outstanding: bisections.flatMap(({ next }) => next ?? []),
    judgements,
    unexplained: bisections.flatMap(({ told }) => told ?? []),
  };
}

const predicted = ({ trials }: Judgement): Judgement => ({ verdict: 'predicted', differences: [], trials });

/** A reverse that is no different from the first run needs no look at the noise, and one that is different only by noise no second run. */
function outstandingOf(tier: TrialTier, results: Results): readonly PlannedTrial[] {
  const [baselines, reverses] = [baselinesOf(tier), reversesOf(tier)];
  const open = (trials: readonly PlannedTrial[]) => trials.filter(({ trial }) => !results.has(trial.name));
  const first = open([...baselines.slice(0, 1), ...reverses.slice(0, 1)]);
  if (first.length > 0) return first;
  if (isSerialEqual(tier, results)) return [];
  return [...open(baselines), ...(open(baselines).length === 0 && failuresOf(tier, results).length > 0 ? open(reverses) : [])];
}

function failuresOf(tier: TrialTier, results: Results) {
  const ran = (trials: readonly PlannedTrial[]): readonly Outcome[] => trials.flatMap(({ trial }) => results.get(trial.name) ?? []);
  const baselines = ran(baselinesOf(tier));
  return diffOutcomes(ran(reversesOf(tier)), baselines, noiseOf(baselines)).filter(({ fact, one, other }) => isFailure(fact, one, other));
}

/** What is told by findings that are known and not tried here: another shard has them, or an earlier report. */
interface Others {
  readonly isPair: (a: string, b: string) => boolean;
  /** About a script of theirs that is in none of ours. */
  readonly isAbout: (difference: Difference) => boolean;
}

function othersOf(findings: readonly Finding[], { preferences }: Exploration): Others {
  const keyOf = (pair: readonly string[]): string => pair.toSorted().join('\0');
  const own = new Set(findings.flatMap(({ scripts }) => [keyOf(scripts), ...scripts]));
  const others = preferences.filter(({ scripts }) => !own.has(keyOf(scripts)));
  const pairs = new Set(others.map(({ scripts }) => keyOf(scripts)));
  const names = [...new Set(others.flatMap(({ scripts }) => scripts))].filter((name) => !own.has(name));
  return {
    isPair: (a, b) => pairs.has(keyOf([a, b])),
    isAbout: ({ fact, one, other }) => names.some((name) => decides(fact, one, name) || decides(fact, other, name)),
  };
}

interface Explanation {
  readonly next?: readonly PlannedTrial[];
  readonly told?: string;
}

/** A failure of the reverse that is in no judgement is looked for between the order and its reverse. */
function explain(
  tier: TrialTier,
  results: Results,
  { judgements, others }: { readonly judgements: readonly Judgement[]; readonly others: Others },
): Explanation {
  const known = new Set(judgements.flatMap(({ differences }) => differences.map((text) => text.split(': ')[0])));
  const failure = failuresOf(tier, results).find((each) => !known.has(each.fact) && !others.isAbout(each));
  if (failure === undefined) return {};
  const isBad = (swaps: number): boolean | undefined => {
    const outcome = results.get(bisectionOf(tier, swaps).trial.name);
    return outcome === undefined ? undefined : outcome.facts[failure.fact] === failure.one;
  };
  const step = bisect(tier.order, isBad);
  if (step.kind === 'try') return { next: [bisectionOf(tier, step.swaps)] };
  if (others.isPair(step.after, step.before)) return {};
  return { told: `${tier.name}: ${step.after} before ${step.before} brings ${describeDifference(failure)}, which no finding says` };
}
