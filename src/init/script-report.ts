/** Tells how the run of a script ended: a row of the state, an event, the last lines on the console. */
import type { ScriptState, ScriptStatus } from '../sys/boot-state.ts';
import { emit } from '../sys/events.ts';
import type { Sys } from '../sys/sys.ts';
import { type Action, claimName } from './claims.ts';
import { formatDuration } from './duration.ts';
import { describeExit, outcomeOf } from './exit-code.ts';
import { readSnapshot, snapshotFile } from './processes/snapshot.ts';
import { scriptLife } from './script-life.ts';
import { lastLines } from './script-output.ts';
import type { ScriptPaths } from './script-paths.ts';
import type { ScriptEnd } from './script-run.ts';

export interface Report {
  readonly status: Extract<ScriptStatus, 'started' | 'failed' | 'timed-out' | 'skipped' | 'stopped'>;
  readonly exitCode?: number;
  readonly detail?: string;
}

const EVIDENCE_LINES = 10;
/** The log is bounded; the file has all of it. */
const SNAPSHOT_LINES = 40;

/** What an end means. Undefined when the wait was called off: the script is still at it. */
export function planReport(end: ScriptEnd, action: Action, timeoutMs: number): Report | undefined {
  switch (end.kind) {
    case 'aborted':
      return undefined;
    case 'lost':
      return { status: statusAfter(action, 'failure'), detail: end.why };
    case 'timed-out':
      return { status: statusAfter(action, 'late'), detail: describeTimeout(end, timeoutMs) };
    case 'exited': {
      const status = statusAfter(action, outcomeOf(action, end.code));
      return { status, exitCode: end.code, ...(end.code !== 0 && { detail: describeExit(end.code) }) };
    }
  }
}

function statusAfter(action: Action, event: 'ok' | 'nothing' | 'failure' | 'late'): Report['status'] {
  return action === 'start' ? scriptLife.starting[event] : scriptLife.stopping[event];
}

function describeTimeout(end: ScriptEnd & { readonly kind: 'timed-out' }, timeoutMs: number): string {
  const waits = end.waitedFor.length === 0 ? 'nothing of it was found running' : `it waited for ${end.waitedFor[0]}`;
  const stuck = end.stuck.length === 0 ? '' : `; not even KILL ended ${end.stuck.join(', ')}`;
  return `not done after ${formatDuration(timeoutMs)}; ${waits}${stuck}`;
}

export interface Reported {
  readonly row: Partial<ScriptState>;
  /** What it said last, when it did not end well. */
  readonly output: readonly string[];
}

/** Reads the evidence, tells of the end, and gives the row for the state. */
export async function reportEnd(
  sys: Sys,
  paths: ScriptPaths,
  script: { readonly name: string; readonly tier: string; readonly action: Action },
  end: ScriptEnd,
  report: Report,
): Promise<Reported> {
  const { name, tier, action } = script;
  const well = report.status === 'started' || report.status === 'stopped';
  const output = well ? [] : await lastLines(sys, paths, claimName(name, action), EVIDENCE_LINES);
  const snapshot = end.kind === 'timed-out' ? await readSnapshot(sys, paths, claimName(name, action)) : [];
  const kept = snapshot.length === 0 ? undefined : snapshotFile(paths, claimName(name, action));
  const data = {
    tier,
    action,
    durationMs: Math.round(end.endedMs - end.startedMs),
    ...(report.exitCode !== undefined && { exitCode: report.exitCode }),
    ...(end.kind === 'timed-out' && { waitedFor: end.waitedFor }),
    ...(kept !== undefined && { snapshot: snapshot.slice(0, SNAPSHOT_LINES), snapshotFile: kept }),
    ...(output.length > 0 && { output }),
  };
  const what = report.status === 'started' ? 'done' : report.status;
  await emit(sys, { subject: 'script', name, what, ...(report.detail !== undefined && { detail: report.detail }), data });
  if (report.status !== 'skipped') for (const line of output) sys.console(`${name}: ${line}`);
  const row = { ...report, startedMs: end.startedMs, endedMs: end.endedMs, ...(kept !== undefined && { snapshot: kept }) };
  return { row, output };
}
