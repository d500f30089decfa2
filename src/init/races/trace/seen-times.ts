/** When the first process of each script really began and ended: the agent only knows when it heard of it. */
import type { TracedScript, TracedTier, TraceEvent } from './trace.ts';

/** A pid that was given out again counts as the script's only around the time that the agent knows. */
export function withSeenTimes(tiers: readonly TracedTier[], events: readonly TraceEvent[]): readonly TracedTier[] {
  const roots = new Set(tiers.flatMap(({ scripts }) => scripts.flatMap(({ pid }) => pid ?? [])));
  const births = new Map<number, number[]>();
  const ends = new Map<number, number[]>();
  for (const event of events) {
    if (event.kind === 'fork' && roots.has(event.child)) births.set(event.child, [...(births.get(event.child) ?? []), event.atUs]);
    if (event.kind === 'exit' && roots.has(event.tid)) ends.set(event.tid, [...(ends.get(event.tid) ?? []), event.atUs]);
  }
  const seen = (script: TracedScript): TracedScript => {
    if (script.pid === undefined) return script;
    const startedUs = nearest(births.get(script.pid), script.startedUs);
    const endedUs = ends.get(script.pid)?.find((atUs) => atUs >= (startedUs ?? 0));
    return { ...script, ...(startedUs !== undefined && { startedUs }), ...(endedUs !== undefined && { endedUs }) };
  };
  return tiers.map((tier) => ({ ...tier, scripts: tier.scripts.map(seen) }));
}

function nearest(times: readonly number[] | undefined, aroundUs: number | undefined): number | undefined {
  if (times === undefined || aroundUs === undefined) return times?.at(-1) ?? aroundUs;
  return times.reduce((best, each) => (Math.abs(each - aroundUs) < Math.abs(best - aroundUs) ? each : best));
}
