/** What the boot waits for, script by script: the longest of each tier, one tier after another. Pure. */
import type { Plan } from '../../plan/make-plan.ts';
import type { TraceHead } from '../trace/trace.ts';

/** Milliseconds by script. */
export type Durations = ReadonlyMap<string, number>;

/** Of rcS.d and of the run level the boot ends in. A script that was never measured counts as nothing. */
export function criticalPathMs({ groups }: Plan, durations: Durations, level = '2'): number {
  const boot = groups.filter(({ group }) => group.letter === 'S' && (group.name === 'S' || group.levels.includes(level)));
  const tiers = boot.flatMap(({ group, tiers: all }) =>
    all.map(({ scripts }) =>
      scripts.filter(({ script: { start, builtIn } }) => builtIn === undefined && start.has(group.name === 'S' ? 'S' : level)),
    ),
  );
  return tiers.reduce((sum, scripts) => sum + Math.max(0, ...scripts.map(({ script }) => durations.get(script.name) ?? 0)), 0);
}

/** From the start of each script until it counted as up: the median of the boots in which it ran to its end. */
export function measureScripts(heads: readonly Pick<TraceHead, 'tiers'>[]): Durations {
  const all = new Map<string, number[]>();
  for (const { name, startedUs, endedUs, readyUs } of heads.flatMap(({ tiers }) => tiers.flatMap(({ scripts }) => scripts))) {
    if (startedUs === undefined || endedUs === undefined) continue;
    all.set(name, [...(all.get(name) ?? []), (Math.max(endedUs, readyUs ?? 0) - startedUs) / 1000]);
  }
  return new Map([...all].map(([name, list]) => [name, list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0]));
}
