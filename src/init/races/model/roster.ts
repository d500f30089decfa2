/** The scripts of all recordings, each once, by name. */
import type { Trace, TracedScript } from '../trace/trace.ts';
import { planStages, type Stages } from './stages.ts';

export interface Roster {
  readonly scripts: readonly TracedScript[];
  stages(trace: number): Stages;
  /** Index among all of a script of one recording. */
  scriptOf(trace: number, own: number): number;
  nameOf(script: number): string;
  stageOf(script: number): number;
  tierOf(name: string): string;
  /** How long it took at most, from its first start to its last end. */
  tierMs(tier: string): number;
}

const US_PER_MS = 1000;

export function readRoster(traces: readonly Trace[]): Roster {
  const stages = traces.map(({ head }) => planStages(head));
  const byName = new Map<string, { readonly script: TracedScript; readonly tier: string; readonly stage: number }>();
  for (const { script, tier, stage } of stages.flat()) if (!byName.has(script.name)) byName.set(script.name, { script, tier, stage });
  const names = [...byName.keys()].sort();
  const indexes = new Map(names.map((name, index) => [name, index]));
  const own = stages.map((list) => list.map(({ script }) => indexes.get(script.name) ?? -1));
  const spans = new Map<string, number>();
  for (const { name, scripts } of traces.flatMap(({ head }) => head.tiers)) {
    const starts = scripts.flatMap(({ startedUs }) => startedUs ?? []);
    const ends = scripts.flatMap(({ endedUs, readyUs }) => Math.max(endedUs ?? 0, readyUs ?? 0));
    const span = starts.length === 0 ? 0 : (Math.max(...ends) - Math.min(...starts)) / US_PER_MS;
    spans.set(name, Math.max(spans.get(name) ?? 0, span));
  }
  const nameOf = (script: number): string => names[script] ?? '';
  return {
    scripts: names.map((name) => byName.get(name)?.script as TracedScript),
    stages: (trace) => stages[trace] ?? [],
    scriptOf: (trace, index) => own[trace]?.[index] ?? -1,
    nameOf,
    stageOf: (script) => byName.get(nameOf(script))?.stage ?? 0,
    tierOf: (name) => byName.get(name)?.tier ?? '',
    tierMs: (tier) => spans.get(tier) ?? 0,
  };
}
