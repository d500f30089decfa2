/** One order of a tier in which as much as possible is well: its exact reverse then has every pair the other way round. */
import type { Finding } from '../report/finding.ts';

/** What the order needs of a finding. */
export type Preference = Pick<Finding, 'scripts' | 'directed' | 'score'>;

/**
 * The first script of each finding before the second one, where that is possible: heavier findings first, directed ones before others (Eades,
 * Lin and Smyth's heuristic for the feedback arcs of circles). Scripts that no finding is about stay where their names put them. Deterministic.
 */
export function serialOrder(scripts: readonly string[], preferences: readonly Preference[]): readonly string[] {
  const left = new Set(scripts);
  const arcs = preferences
    .filter(({ scripts: [first, second] }) => left.has(first) && left.has(second) && first !== second)
    .map(({ scripts: [first, second], directed, score }) => ({ first, second, weight: 1 + score + (directed ? 1 : 0) }));
  const front: string[] = [];
  const back: string[] = [];
  const take = (script: string, to: (name: string) => void): void => {
    left.delete(script);
    to(script);
  };
  const open = () => arcs.filter(({ first, second }) => left.has(first) && left.has(second));
  while (left.size > 0) {
    const arcsLeft = open();
    const names = [...left].toSorted();
    const source = names.find((name) => arcsLeft.every(({ second }) => second !== name));
    if (source !== undefined) {
      take(source, (name) => front.push(name));
      continue;
    }
    const sink = names.find((name) => arcsLeft.every(({ first }) => first !== name));
    if (sink !== undefined) {
      take(sink, (name) => back.unshift(name));
      continue;
    }
    const surplus = (name: string): number =>
      arcsLeft.reduce((sum, { first, second, weight }) => sum + (first === name ? weight : 0) - (second === name ? weight : 0), 0);
    const best = names.reduce((a, b) => (surplus(b) > surplus(a) ? b : a));
    take(best, (name) => front.push(name));
  }
  return [...front, ...back];
}

/**
 * Whom a trial of two scripts needs of their tier: both, and those that should come before them by directed findings, in the serial order;
 * the first of the two comes right before the second, which is the last.
 */
export function castOf(
  pair: readonly [first: string, second: string],
  order: readonly string[],
  preferences: readonly Preference[],
): readonly string[] {
  const needed = new Set<string>(pair);
  for (const name of needed) {
    for (const { scripts, directed } of preferences) if (directed && scripts[1] === name) needed.add(scripts[0]);
  }
  return [...order.filter((name) => needed.has(name) && !pair.includes(name)), ...pair];
}
