/** What the recordings do not show, in words. */
import type { Trace } from '../trace/trace.ts';
import type { Walked } from './walk.ts';

export function describeCoverage(traces: readonly Trace[], walked: readonly Walked[]): readonly string[] {
  const lines = new Set<string>();
  for (const { head } of traces) for (const missing of head.missing) lines.add(missing);
  const ran = new Set<string>();
  const all = new Set<string>();
  for (const { head } of traces) {
    for (const { name, pid } of head.tiers.flatMap(({ scripts }) => scripts)) {
      all.add(name);
      if (pid !== undefined) ran.add(name);
    }
  }
  const idle = [...all].filter((name) => !ran.has(name)).sort();
  if (idle.length > 0) lines.add(`never ran in any recording: ${idle.join(', ')}`);
  for (const { trace, order, scene, stages, actors } of walked) {
    const seen = new Set(actors.map((actor) => actor?.script));
    const silent = stages.filter(({ script }, index) => script.pid !== undefined && !seen.has(index)).map(({ script }) => script.name);
    if (silent.length > 0) lines.add(`${trace.head.name}: no event of ${silent.toSorted().join(', ')}, which ran`);
    if (!scene.sees.wait)
      lines.add(
        `${trace.head.name}: no call of wait was recorded: a parent that did nothing until its child ended is taken to have waited`,
      );
    if (!scene.sees.write) lines.add(`${trace.head.name}: no write was recorded: who opened a file for writing is taken to have written`);
    if (order.forgotten > 0)
      lines.add(
        `${trace.head.name}: ${order.forgotten} waits between scripts were too many to be kept: a finding may be ordered by one of them`,
      );
  }
  if (traces.length === 1) lines.add('one recording only: what other orders would do is not known; record the reverse order, too');
  return [...lines];
}
