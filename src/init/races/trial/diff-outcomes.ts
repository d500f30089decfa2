/** What two orders end in, and in what they differ for certain. */
import type { Difference } from './failures.ts';
import type { Outcome } from './trial.ts';

/** Facts that change from run to run of the same order: the noise mask. */
export type Noise = ReadonlySet<string>;

/** Facts that do not say the same in all of these outcomes, which are of one order. */
export function noiseOf(outcomes: readonly Outcome[]): Noise {
  const noise = new Set<string>();
  const [head, ...others] = outcomes;
  if (head === undefined) return noise;
  for (const fact of factsOf(outcomes)) if (others.some(({ facts }) => facts[fact] !== head.facts[fact])) noise.add(fact);
  return noise;
}

/** The facts on which all outcomes of the one side agree, and all of the other side, but the sides do not. Sorted; noise is left out. */
export function diffOutcomes(one: readonly Outcome[], other: readonly Outcome[], noise: Noise): readonly Difference[] {
  const [first] = one;
  const [second] = other;
  if (first === undefined || second === undefined) return [];
  const unsure = new Set([...noise, ...noiseOf(one), ...noiseOf(other)]);
  return factsOf([first, second])
    .filter((fact) => !unsure.has(fact) && first.facts[fact] !== second.facts[fact])
    .map((fact) => ({ fact, one: first.facts[fact], other: second.facts[fact] }));
}

/** Process numbers are there for lotteries: no two runs have the same. */
const factsOf = (outcomes: readonly Outcome[]): readonly string[] =>
  [...new Set(outcomes.flatMap(({ facts }) => Object.keys(facts)))].filter((fact) => !fact.startsWith('pids ')).toSorted();
