/** Cycles of an order, each with its whole path: who waits for whom by which line. */

import type { Edge, Waits } from './edges.ts';
import { compareNames, type Finding } from './finding.ts';

/** Disjoint cycles, shortest first found from the smallest name; empty when there is an order. */
export function findCycles(waits: Waits): readonly (readonly Edge[])[] {
  let rest = onCycles(waits, new Set(waits.keys()));
  const cycles: (readonly Edge[])[] = [];
  while (rest.size > 0) {
    const [name] = [...rest].sort(compareNames);
    const cycle = name === undefined ? undefined : shortestCycle(name, waits, rest);
    const done = cycle === undefined ? [name] : cycle.map(({ from }) => from);
    if (cycle !== undefined) cycles.push(cycle);
    rest = onCycles(waits, new Set([...rest].filter((each) => !done.includes(each))));
  }
  return cycles;
}

/** What is left when those that wait for nobody and those nobody waits for are taken away again and again. */
function onCycles(waits: Waits, names: ReadonlySet<string>): ReadonlySet<string> {
  const left = new Set(names);
  const next = new Map([...left].map((name) => [name, [...(waits.get(name)?.keys() ?? [])].filter((to) => left.has(to))]));
  const before = new Map([...left].map((name) => [name, [] as string[]]));
  for (const [from, list] of next) for (const to of list) before.get(to)?.push(from);
  peel(left, next, before);
  peel(left, before, next);
  return left;
}

/** Takes away who has nothing left in `next`. */
function peel(left: Set<string>, next: ReadonlyMap<string, readonly string[]>, before: ReadonlyMap<string, readonly string[]>): void {
  const count = new Map([...left].map((name) => [name, (next.get(name) ?? []).filter((each) => left.has(each)).length]));
  const free = [...left].filter((name) => count.get(name) === 0);
  for (const name of free) {
    left.delete(name);
    for (const other of before.get(name) ?? []) {
      if (!left.has(other)) continue;
      const remaining = (count.get(other) ?? 0) - 1;
      count.set(other, remaining);
      if (remaining === 0) free.push(other);
    }
  }
}

/** By breadth first search; undefined when the name is between cycles, not on one. */
function shortestCycle(start: string, waits: Waits, within: ReadonlySet<string>): readonly Edge[] | undefined {
  const cameBy = new Map<string, Edge>();
  const queue = [start];
  for (const name of queue) {
    const edges = [...(waits.get(name) ?? [])].toSorted(([a], [b]) => compareNames(a, b));
    for (const [to, edge] of edges) {
      if (to === start) return [...pathTo(name, start, cameBy), edge];
      if (!within.has(to) || cameBy.has(to)) continue;
      cameBy.set(to, edge);
      queue.push(to);
    }
  }
  return undefined;
}

function pathTo(name: string, start: string, cameBy: ReadonlyMap<string, Edge>): readonly Edge[] {
  const path: Edge[] = [];
  for (let at = name; at !== start; ) {
    const edge = cameBy.get(at);
    if (edge === undefined) break;
    path.unshift(edge);
    at = edge.from;
  }
  return path;
}

/** The cycle as a finding. The edge to give up is the softest: a should before a required, a facility before a name. */
export function cycleFinding(cycle: readonly Edge[], doing: 'start' | 'stop'): Finding {
  const softness = (edge: Edge) => (edge.hard ? 0 : 2) + (edge.word.startsWith('$') ? 1 : 0);
  const edge = cycle.toSorted((a, b) => softness(b) - softness(a))[0] as Edge;
  return {
    severity: 'error',
    rule: 'cycle',
    script: edge.by,
    file: edge.file,
    ...(edge.line !== undefined && { line: edge.line }),
    message: `no order to ${doing} in: ${[...cycle.map(({ from }) => from), cycle[0]?.from].join(' → ')}`,
    mend: `${edge.word.startsWith('$') ? `replace ${edge.word} by what is needed of it` : `take ${edge.word} out`} in ${edge.key} of ${edge.by}`,
    path: cycle.map((each) => `${each.from} waits for ${each.to}: ${formatWitness(each)}`),
  };
}

/** `/etc/init.d/ssh:5: Required-Start: $syslog` */
export function formatWitness({ file, line, key, word }: Edge): string {
  return `${line === undefined ? file : `${file}:${line}`}: ${key}: ${word}`;
}
