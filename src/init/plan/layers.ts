/** Puts scripts into as few tiers as their edges allow. */
import { DepGraph } from 'dependency-graph';
import type { Waits } from './edges.ts';
import { compareNames } from './finding.ts';

/**
 * Tiers of names, each sorted. Without interactive scripts as many as the longest path has scripts, and everyone as early as can
 * be. An interactive script has a tier of its own. `waits` must be without cycles, and its names sorted.
 * @throws DepGraphCycleError when it is not.
 */
export function layer(waits: Waits, interactive: ReadonlySet<string>): readonly (readonly string[])[] {
  const graph = new DepGraph<undefined>();
  for (const name of waits.keys()) graph.addNode(name);
  for (const [from, edges] of waits) for (const to of edges.keys()) graph.addDependency(from, to);
  const order = graph.overallOrder();
  if (!order.some((name) => interactive.has(name))) return byDepth(order, waits);
  const tails = tailsOf(order, graph);
  // Which of two equals goes first cannot be known without trying.
  const late = withInteractive(order, graph, tails, interactive, false);
  const early = withInteractive(order, graph, tails, interactive, true);
  return early.length < late.length ? early : late;
}

function byDepth(order: readonly string[], waits: Waits): readonly (readonly string[])[] {
  const depths = new Map<string, number>();
  const tiers: string[][] = [];
  for (const name of order) {
    let depth = 0;
    for (const to of waits.get(name)?.keys() ?? []) depth = Math.max(depth, (depths.get(to) ?? 0) + 1);
    depths.set(name, depth);
    const tier = tiers[depth];
    if (tier === undefined) tiers[depth] = [name];
    else tier.push(name);
  }
  return tiers.map((tier) => tier.sort(compareNames));
}

/** Scripts on the longest path from each name to the end. */
function tailsOf(order: readonly string[], graph: DepGraph<undefined>): ReadonlyMap<string, number> {
  const tails = new Map<string, number>();
  for (const name of order.toReversed()) {
    tails.set(name, 1 + graph.directDependantsOf(name).reduce((most, each) => Math.max(most, tails.get(each) ?? 0), 0));
  }
  return tails;
}

/** One tier after another: what is ready, all of it, or the one interactive script that most others wait behind. */
function withInteractive(
  order: readonly string[],
  graph: DepGraph<undefined>,
  tails: ReadonlyMap<string, number>,
  interactive: ReadonlySet<string>,
  interactiveFirst: boolean,
): string[][] {
  const missing = new Map(order.map((name) => [name, graph.directDependenciesOf(name).length]));
  const ready = new Set(order.filter((name) => missing.get(name) === 0));
  const tail = (name: string) => tails.get(name) ?? 0;
  const tiers: string[][] = [];
  while (ready.size > 0) {
    const others = [...ready].filter((name) => !interactive.has(name));
    const [alone] = [...ready].filter((name) => interactive.has(name)).toSorted((a, b) => tail(b) - tail(a) || compareNames(a, b));
    const longest = others.reduce((most, name) => Math.max(most, tail(name)), 0);
    const takeAlone =
      alone !== undefined && (others.length === 0 || tail(alone) > longest || (interactiveFirst && tail(alone) === longest));
    const tier = takeAlone ? [alone] : others.sort(compareNames);
    tiers.push(tier);
    for (const name of tier) {
      ready.delete(name);
      for (const next of graph.directDependantsOf(name)) {
        const left = (missing.get(next) ?? 0) - 1;
        missing.set(next, left);
        if (left === 0) ready.add(next);
      }
    }
  }
  return tiers;
}
