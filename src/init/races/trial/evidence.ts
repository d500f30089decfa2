/** What was tried for one finding, and what is still to be tried before it can be judged. */
import type { Finding } from '../report/finding.ts';
import { diffOutcomes, type Noise, noiseOf } from './diff-outcomes.ts';
import { type Difference, decides, isFailure } from './failures.ts';
import { drawnFacts, drawsOf, pidOfSeed } from './lottery.ts';
import { isDraw, type PlannedTrial, passesOf, seedOf, type TrialTier, trialOf, type Way, windowsOf } from './plan-finding.ts';
import type { Preference } from './serial-order.ts';
import { baselinesOf, reversesOf } from './tier-trials.ts';
import type { Outcome } from './trial.ts';

/** Outcomes by the names of their trials. */
export type Results = ReadonlyMap<string, Outcome>;

export interface Exploration {
  readonly tiers: readonly TrialTier[];
  readonly preferences: readonly Preference[];
}

export interface Evidence {
  readonly first: readonly Outcome[];
  readonly second: readonly Outcome[];
  /** What differs for certain between them: `one` is the value of the first order. */
  readonly differences: readonly Difference[];
  /** Windows and draws; what says nothing of an order is their noise. */
  readonly further: readonly { readonly way: Way; readonly outcomes: readonly Outcome[]; readonly noise: Noise }[];
  readonly noise: Noise;
  /** The whole tier ended the same in one order and in its exact reverse. */
  readonly serialEqual: boolean;
  readonly outstanding: readonly PlannedTrial[];
}

/** So often a difference must show to count. */
export const REPEATS = 3;

/** Collects what there is, and plans what is missing: at first each order once, more often only where they differ. */
export function gatherEvidence(finding: Finding, exploration: Exploration, results: Results): Evidence {
  const [from, to] = finding.scripts.map((script) => exploration.tiers.find(({ order }) => order.includes(script)));
  // How the two themselves end is never noise: whether it is the order that decides shows in repeated runs of each order.
  const isOwn = (fact: string): boolean => finding.scripts.some((script) => decides(fact, undefined, script));
  const noise = new Set(
    [from, to].flatMap((tier) => (tier === undefined ? [] : [...tierNoise(tier, results)])).filter((fact) => !isOwn(fact)),
  );
  const isLottery = finding.witnesses.some(({ type }) => type === 'T8');
  const windows = windowsOf(finding).map((window): Way => ({ window }));
  const serialEqual = from !== undefined && from === to && isSerialEqual(from, results);
  const empty = { first: [], second: [], differences: [], further: [], noise, serialEqual, outstanding: [] };
  // Whole scripts one after another do not bring about what is done behind their ends.
  const isSettled = serialEqual && windows.length === 0 && !isLottery && passesOf(finding).length === 0;
  if (from === undefined || to === undefined || isSettled) return empty;
  const full = from === to && needsFull(finding, exploration, results);
  const look = lookUp(finding, { ...exploration, full }, results);
  const [first, second] = [look('first'), look('second')];
  const differences = diffOutcomes(first.outcomes, second.outcomes, noise);
  const orders = { ...empty, first: first.outcomes, second: second.outcomes, differences };
  // A lottery over tiers has one order, and two runs of it show who draws.
  const isAcross = from !== to && finding.type === 'T8';
  // Who was waited for until the hold was given up is waited for the next time, too.
  const isWaitedFor = [first, second].some(({ outcomes }) => outcomes.length > 0 && outcomes.every(({ timedOut }) => timedOut));
  const wanted = isAcross ? 2 : differences.length > 0 && !isWaitedFor ? REPEATS : 1;
  // What differs may be noise: that is looked at first.
  const noiseTrials = from === to ? baselinesOf(from).filter(({ trial }) => !results.has(trial.name)) : [];
  const orderTrials = [...(wanted > 1 ? noiseTrials : []), ...first.missing(wanted), ...second.missing(wanted)];
  if (orderTrials.length > 0) return { ...orders, outstanding: orderTrials };
  if (differences.some(({ fact, one, other }) => isFailure(fact, one, other) || isFailure(fact, other, one))) return orders;
  if (from !== to && !isAcross) return orders;
  const nextPid = pidOfSeed(seedOf(1));
  const draws = !isLottery
    ? []
    : drawsOf(finding, (drawer) => ({
        seen: (isAcross || drawer === finding.scripts[0] ? first : second).outcomes[0],
        nextPid,
        others: isAcross ? first.outcomes : ran(baselinesOf(from), results),
      }));
  // The tiers in between have races of their own.
  const between = isAcross ? [...noiseOf(first.outcomes)].filter((fact) => !isOwn(fact)) : [];
  const tried = [...(isAcross ? [] : windows), ...draws.map((draw): Way => ({ draw }))].map((way) => {
    const looked = look(way);
    const drawn = isDraw(way) ? drawnFacts(way.draw, [...first.outcomes, ...second.outcomes, ...looked.outcomes]) : [];
    return { way, ...looked, noise: new Set([...noise, ...between, ...drawn]) };
  });
  const isOther = (each: (typeof tried)[number]): boolean => !isSerial(each.outcomes, [first.outcomes, second.outcomes], each.noise);
  const missingOf = (ways: typeof tried) => ways.flatMap((each) => each.missing(isOther(each) ? REPEATS : 1));
  // One draw that hits is enough.
  const hit = tried.findIndex((each) => isDraw(each.way) && isOther(each));
  const drawTrials = missingOf(tried.filter(({ way }, index) => isDraw(way) && (hit < 0 || index <= hit)));
  // Who draws shows in what changes between runs of one order.
  const outstanding = [
    ...(isLottery || tried.some(isOther) ? noiseTrials : []),
    ...missingOf(tried.filter(({ way }) => !isDraw(way))),
    ...drawTrials.slice(0, 1),
  ];
  return { ...orders, further: tried.map(({ way, outcomes, noise }) => ({ way, outcomes, noise })), outstanding };
}

/** What it ends in, one of the orders ends in as well: nobody can tell that the two overlapped. */
export function isSerial(outcomes: readonly Outcome[], orders: readonly (readonly Outcome[])[], noise: Noise): boolean {
  const told = outcomes.filter(({ timedOut, missed }) => !timedOut && !missed);
  return told.length === 0 || orders.some((order) => order.length > 0 && diffOutcomes(told, order, noise).length === 0);
}

const tierNoise = (tier: TrialTier, results: Results): Noise => noiseOf(ran(baselinesOf(tier), results));

const ran = (trials: readonly PlannedTrial[], results: Results): readonly Outcome[] =>
  trials.flatMap(({ trial }) => results.get(trial.name) ?? []);

/** The tier ended the same in its order and in the reverse. */
export function isSerialEqual(tier: TrialTier, results: Results): boolean {
  const told = (trials: readonly PlannedTrial[]) => ran(trials, results).filter(({ timedOut, missed }) => !timedOut && !missed);
  const [baselines, reverses] = [told(baselinesOf(tier)), told(reversesOf(tier))];
  return reverses.length > 0 && baselines.length > 0 && diffOutcomes(baselines, reverses, tierNoise(tier, results)).length === 0;
}

/** One of the two ends otherwise than in the whole tier in both orders: it needs somebody whom nobody knew of. */
function needsFull(finding: Finding, exploration: Exploration, results: Results): boolean {
  const look = lookUp(finding, exploration, results);
  const [first] = look('first').outcomes;
  const [second] = look('second').outcomes;
  const tier = exploration.tiers.find(({ order }) => order.includes(finding.scripts[1]));
  const [baseline] = tier === undefined ? [] : ran(baselinesOf(tier), results);
  if (first === undefined || second === undefined || baseline === undefined) return false;
  return finding.scripts.some((script) => {
    const fact = `script ${script} exit`;
    return first.facts[fact] !== baseline.facts[fact] && second.facts[fact] !== baseline.facts[fact];
  });
}

interface Looked {
  readonly outcomes: readonly Outcome[];
  /** The trials that are missing until there are so many. */
  readonly missing: (count: number) => readonly PlannedTrial[];
}

/** Where those that the two need are the whole tier, a run of the tier in that order is one of theirs. */
function sameOfTier(planned: PlannedTrial, tiers: readonly TrialTier[]): PlannedTrial {
  const tier = tiers.find(({ name }) => name === planned.tier);
  if (tier === undefined) return planned;
  const about = ({ trial: { name: _, only, ...rest } }: PlannedTrial): string =>
    JSON.stringify(Object.entries({ ...rest, only: only?.length === tier.order.length ? undefined : only }).toSorted());
  return [...baselinesOf(tier), ...reversesOf(tier)].find((other) => about(other) === about(planned)) ?? planned;
}

function lookUp(finding: Finding, how: Parameters<typeof trialOf>[3], results: Results): (way: Way) => Looked {
  return (way) => {
    const trials = Array.from({ length: REPEATS }, (_, index) => trialOf(finding, way, index + 1, how))
      .filter((trial) => trial !== undefined)
      .map((trial) => sameOfTier(trial, how.tiers));
    return {
      outcomes: ran(trials, results),
      missing: (count) => trials.slice(0, count).filter(({ trial }) => !results.has(trial.name)),
    };
  };
}
