/** From what was tried to a verdict. */
import type { Finding, Judgement } from '../report/finding.ts';
import { diffOutcomes, noiseOf } from './diff-outcomes.ts';
import { type Evidence, isSerial, REPEATS } from './evidence.ts';
import { type Difference, decides, describeDifference, isFailure } from './failures.ts';
import { isHit } from './lottery.ts';
import { isDraw, seedOf, type Way } from './plan-finding.ts';
import type { Outcome } from './trial.ts';

/** Scripts that were so far apart in every boot do not come near the other order, not even on a machine ten times as slow. */
const FAR_MS = 10_000;
const MOST_DIFFERENCES = 20;
/** Deterministic. `predicted` as long as something is outstanding that could change the verdict. */
export function judge(finding: Finding, evidence: Evidence): Judgement {
  const { first, second, differences, further, serialEqual, outstanding } = evidence;
  const trials = first.length + second.length + further.reduce((sum, { outcomes }) => sum + outcomes.length, 0);
  const verdict = (kind: Judgement['verdict'], more: Partial<Judgement> = {}): Judgement => ({
    verdict: kind,
    differences: [],
    trials,
    ...more,
  });
  if (outstanding.length > 0) return verdict('predicted');
  if (first.length === 0) return serialEqual ? verdict('benign', { trials: 2 }) : verdict('predicted');
  if (isUnforced(second) || isUnforced(first)) return verdict('unreachable', { differences: [whyUnforced([...second, ...first])] });
  const [a, b] = finding.scripts;
  const failing = badSideOf(differences);
  if (failing !== undefined || (differences.length > 0 && !isFlaky(first, second))) {
    const bad = failing ?? 'second';
    const [good, ill] = bad === 'second' ? [`${a} before ${b}`, `${b} before ${a}`] : [`${b} before ${a}`, `${a} before ${b}`];
    const kind = failing === undefined ? 'divergent' : finding.slackMs.min > FAR_MS ? 'latent' : 'confirmed';
    return verdict(kind, {
      goodOrder: good,
      badOrder: ill,
      differences: tell(differences, bad),
      reproduce: `${ill}, one after another, seed ${seedOf(1)}: npm run vm -- races --finding ${finding.id}`,
    });
  }
  // What is drawn is another one each time.
  const drawn = new Set(further.flatMap(({ way, noise }) => (isDraw(way) ? [...noise] : [])));
  const flaky = flakyFacts(first, second).filter((fact) => !drawn.has(fact));
  if (flaky.length > 0) return verdict('flaky-base', { differences: flaky });
  for (const { way, outcomes, noise } of further) {
    if (isSerial(outcomes, [first, second], noise) || outcomes.length < REPEATS) continue;
    const apart = diffOutcomes(
      outcomes.filter((outcome) => !isUnforced([outcome])),
      first,
      noise,
    );
    const isBad = badSideOf(apart) === 'first';
    return verdict(isBad ? 'confirmed' : 'divergent', {
      goodOrder: `${a} before ${b}`,
      badOrder: describeWay(way, finding),
      differences: tell(apart, 'first'),
      reproduce: `${describeWay(way, finding)}, seed ${seedOf(1)}: npm run vm -- races --finding ${finding.id}`,
    });
  }
  const draws = further.flatMap(({ way, outcomes }) => (isDraw(way) ? [{ draw: way.draw, outcomes }] : []));
  if (finding.type !== 'T8' || draws.some(({ draw, outcomes }) => isHit(finding, draw, outcomes))) return verdict('benign');
  return verdict('predicted', {
    differences: [draws.length === 0 ? 'no run showed a number that it draws' : `${draws.length} draws have not brought that number`],
  });
}

/** The order that fails where the other one does not; where both do, the one with more failures, else the one not blessed. */
function badSideOf(differences: readonly Difference[]): 'first' | 'second' | undefined {
  const first = differences.filter(({ fact, one, other }) => isFailure(fact, one, other)).length;
  const second = differences.filter(({ fact, one, other }) => isFailure(fact, other, one)).length;
  if (first === 0 && second === 0) return undefined;
  return first > second ? 'first' : 'second';
}

function tell(differences: readonly Difference[], bad: 'first' | 'second'): readonly string[] {
  const turned = differences.map((each) => (bad === 'first' ? each : { fact: each.fact, one: each.other, other: each.one }));
  const fails = (each: Difference): boolean => isFailure(each.fact, each.one, each.other);
  return [...turned.filter(fails), ...turned.filter((each) => !fails(each))].slice(0, MOST_DIFFERENCES).map(describeDifference);
}

/** Nothing was forced in any of them. */
const isUnforced = (outcomes: readonly Outcome[]): boolean =>
  outcomes.length > 0 && outcomes.every(({ timedOut, missed }) => timedOut || missed);

const whyUnforced = (outcomes: readonly Outcome[]): string =>
  outcomes.some(({ timedOut }) => timedOut)
    ? 'the one held was waited for by the other: something orders them'
    : 'the call to be held was never made';

const isFlaky = (first: readonly Outcome[], second: readonly Outcome[]): boolean => flakyFacts(first, second).length > 0;

const flakyFacts = (first: readonly Outcome[], second: readonly Outcome[]): readonly string[] =>
  [...new Set([...noiseOf(first), ...noiseOf(second)])].filter((fact) => decides(fact, undefined)).toSorted();

function describeWay(way: Way, { scripts: [first, second] }: Pick<Finding, 'scripts'>): string {
  if (way === 'first') return `${first} before ${second}`;
  if (way === 'second') return `${second} before ${first}`;
  if ('draw' in way) return `${describeWay(way.draw.order, { scripts: [first, second] })}, the first process being ${way.draw.nextPid}`;
  const { script, call, argument, until, nth } = way.window;
  return `${until} while ${script} stands at ${call} ${argument}${nth > 1 ? `, the time ${nth}` : ''}`;
}
