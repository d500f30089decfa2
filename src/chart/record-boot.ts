/** Makes the record of a boot from its events; pure. */
import type { TierState } from '../sys/boot-state.ts';
import type { BootRecord, HealthMark, NamedSpan, Outcome, PhaseRow, Run, ScriptRow, Span, TierRow } from './boot-record.ts';
import { type LoggedEvent, lastBoot } from './read-events.ts';

export interface RecordOptions {
  /** The clock of a machine that still runs: what has no end reaches until now. Absent: until the last event. */
  readonly nowMs?: number;
  /** The state's tiers, for the scripts that nothing was told of yet. */
  readonly planned?: readonly TierState[];
}

const ends: Readonly<Record<string, Outcome>> = {
  done: 'done',
  failed: 'failed',
  'timed-out': 'timed-out',
  skipped: 'skipped',
  'built-in': 'built-in',
  held: 'held',
};
const shown = ['phase', 'tier', 'script', 'health', 'hold', 'verdict'];

/** The last boot of the log; undefined when it tells of none. */
export function recordBoot(all: readonly LoggedEvent[], { nowMs, planned = [] }: RecordOptions = {}): BootRecord | undefined {
  const { events: told, round } = lastBoot(all);
  const over = told.findLast(isOver);
  const events = over === undefined ? told : told.slice(0, told.indexOf(over) + 1);
  const [first, last] = [events[0], events.findLast(({ subject }) => shown.includes(subject))];
  if (first === undefined || last === undefined) return undefined;
  const of = (subject: string) => events.filter((event) => event.subject === subject);
  const verdict = of('verdict').find(({ what }) => what === 'good' || what === 'bad');
  const endMs = over === undefined ? Math.max(last.uptimeMs, nowMs ?? 0) : last.uptimeMs;
  const doorMs = of('rescue').find(({ what }) => what === 'listening')?.uptimeMs;
  return {
    round,
    startMs: round === 0 ? 0 : first.uptimeMs,
    endMs,
    phases: [...earlyRows(events), ...phaseRows(events, endMs)],
    tiers: withPlanned(tierRows(events, endMs), planned),
    holds: namedSpans(of('hold'), ['held', 'resumed'], endMs),
    sessions: namedSpans(of('session'), ['opened', 'closed'], endMs).filter(({ startMs }) => startMs < endMs),
    ...(doorMs === undefined ? {} : { doorMs }),
    ...(verdict === undefined
      ? {}
      : { verdict: { outcome: verdict.what === 'good' ? 'good' : 'bad', atMs: verdict.uptimeMs, reasons: verdict.detail ?? '' } }),
  };
}

/** The verdict is the last phase of a boot; a machine that gets another init has none. */
function isOver({ subject, name, what }: LoggedEvent): boolean {
  return subject === 'phase' && (name === 'verdict' || name === 'hand-over') && ends[what] !== undefined;
}

/** What was before the agent: the kernel, stage 1, and the time until an agent ran. */
function earlyRows(events: readonly LoggedEvent[]): readonly PhaseRow[] {
  const { startedMs, copiedMs } = events.find(({ subject, name }) => subject === 'boot' && name === 'stage-1')?.data ?? {};
  if (typeof startedMs !== 'number' || typeof copiedMs !== 'number') return [];
  const agentMs = events.find(({ subject, name }) => subject === 'boot' && name === 'agent')?.uptimeMs ?? copiedMs;
  const row = (name: string, startMs: number, endMs: number): PhaseRow => ({ name, runs: [{ startMs, endMs, outcome: 'done' }] });
  return [row('kernel', 0, startedMs), row('stage-1', startedMs, copiedMs), row('agent', copiedMs, Math.max(copiedMs, agentMs))];
}

function phaseRows(events: readonly LoggedEvent[], endMs: number): readonly PhaseRow[] {
  const ours = events.filter(({ subject }) => subject === 'phase' || subject === 'hold');
  const names = [...new Set(ours.map(({ name }) => name))];
  return names
    .map((name) => ({
      name,
      runs: runsOf(
        ours.filter((event) => event.name === name && event.what !== 'resumed'),
        endMs,
      ),
    }))
    .filter(({ runs }) => runs.length > 0);
}

function tierRows(events: readonly LoggedEvent[], endMs: number): readonly TierRow[] {
  const names = new Set(events.flatMap((event) => (event.subject === 'tier' ? event.name : (tierOf(event) ?? []))));
  return [...names].map((tier) => {
    const told = events.filter(({ subject, name }) => subject === 'tier' && name === tier);
    const own = events.filter((event) => event.subject === 'script' && tierOf(event) === tier);
    const listed = told.flatMap(({ data }) => (Array.isArray(data['scripts']) ? data['scripts'].map(String) : []));
    const scripts = [...new Set([...listed, ...own.map(({ name }) => name)])].map((name) =>
      scriptRow(
        name,
        own.filter((event) => event.name === name),
        events,
        endMs,
      ),
    );
    const span = tierSpan(told, scripts, endMs);
    return { name: tier, ...(span === undefined ? {} : { span }), scripts };
  });
}

function tierSpan(told: readonly LoggedEvent[], scripts: readonly ScriptRow[], endMs: number): Span | undefined {
  const runs = scripts.flatMap((script) => script.runs);
  const startMs = told.find(({ what }) => what === 'started')?.uptimeMs ?? runs[0]?.startMs;
  if (startMs === undefined) return undefined;
  return { startMs, endMs: told.find(({ what }) => what === 'done')?.uptimeMs ?? Math.max(endMs, startMs) };
}

function scriptRow(name: string, own: readonly LoggedEvent[], events: readonly LoggedEvent[], endMs: number): ScriptRow {
  const limit = own.map(({ data }) => data['timeoutMs']).find((value) => typeof value === 'number');
  const health = events
    .filter((event) => event.subject === 'health' && event.name === name)
    .map(({ what, uptimeMs, detail = '' }): HealthMark => ({ healthy: what === 'healthy', atMs: uptimeMs, detail }));
  return { name, runs: runsOf(own, endMs), ...(limit === undefined ? {} : { limitMs: limit }), health };
}

/** Pairs beginnings and ends. An agent that was started anew begins again what has not ended: that is one run. */
function runsOf(events: readonly LoggedEvent[], endMs: number): readonly Run[] {
  const runs: Run[] = [];
  let openMs: number | undefined;
  for (const { what, uptimeMs, detail, data } of events) {
    const outcome = ends[what];
    if (what === 'started') openMs ??= uptimeMs;
    if (outcome === undefined || (outcome === 'held' && openMs === undefined)) continue;
    const durationMs = typeof data['durationMs'] === 'number' ? data['durationMs'] : 0;
    const startMs = openMs ?? Math.max(0, uptimeMs - Math.max(0, durationMs));
    runs.push({ startMs, endMs: Math.max(startMs, uptimeMs), outcome, ...(detail === undefined ? {} : { detail }) });
    openMs = undefined;
  }
  if (openMs !== undefined) runs.push({ startMs: openMs, endMs: Math.max(openMs, endMs), outcome: 'running' });
  return runs;
}

function namedSpans(events: readonly LoggedEvent[], [begin, end]: readonly [string, string], endMs: number): readonly NamedSpan[] {
  return events.flatMap((event, index) => {
    if (event.what !== begin) return [];
    const close = events.slice(index).find(({ name, what }) => name === event.name && what === end);
    const { name, uptimeMs: startMs, detail = '' } = event;
    return [{ name, detail, startMs, endMs: Math.max(startMs, Math.min(close?.uptimeMs ?? endMs, Math.max(endMs, startMs))) }];
  });
}

function withPlanned(rows: readonly TierRow[], planned: readonly TierState[]): readonly TierRow[] {
  const waiting = planned
    .filter(({ name }) => !rows.some((row) => row.name === name))
    .map(({ name, scripts }) => ({ name, scripts: scripts.map((script) => ({ name: script.name, runs: [], health: [] })) }));
  return [...rows, ...waiting];
}

function tierOf({ subject, data }: LoggedEvent): string | undefined {
  const tier = data['tier'];
  return subject === 'script' && typeof tier === 'string' ? tier : undefined;
}
