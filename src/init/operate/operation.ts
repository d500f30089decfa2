/** Actions of initscripts that somebody asks for outside the order of the boot: what they are, and what becomes of them. Pure. */
import type { BootState, Operated, OperatedStatus, OperationState, ScriptState, ScriptStatus } from '../../sys/boot-state.ts';
import { formatDuration } from '../duration.ts';
import { describeExit, outcomeOf } from '../exit-code.ts';
import type { ScriptEnd } from '../script-run.ts';

/** What an operator may ask of a script. LSB 3.1 has them all; `reload` is optional there, and a script may refuse it. */
export type HandAction = OperationState['action'];
export const handActions: readonly HandAction[] = ['start', 'stop', 'restart', 'reload'];

/** As many as `lifeboot status NAME` and an asker who comes back after a crash need; the event log has them all. */
const KEPT_OPERATIONS = 64;

/** The row while the action runs. A reload changes nothing. */
export const busyStatus: Readonly<Record<HandAction, ScriptStatus | undefined>> = {
  start: 'starting',
  stop: 'stopping',
  restart: 'starting',
  reload: undefined,
};

/** The word for an action that ended well. */
export const wellEnded: Readonly<Record<HandAction, OperatedStatus>> = {
  start: 'started',
  stop: 'stopped',
  restart: 'restarted',
  reload: 'reloaded',
};

/** What does not run needs no stop. */
const nothingToDo: Readonly<Record<HandAction, OperatedStatus>> = {
  start: 'skipped',
  restart: 'skipped',
  reload: 'failed',
  stop: 'stopped',
};

/** What an end means; undefined when the wait was called off. */
export function planOutcome(end: ScriptEnd, action: HandAction, timeoutMs: number): Operated | undefined {
  const times = { startedMs: end.startedMs, endedMs: end.endedMs };
  switch (end.kind) {
    case 'aborted':
      return undefined;
    case 'lost':
      return { status: 'failed', exitCode: 1, detail: end.why, ...times };
    case 'timed-out': {
      const waits = end.waitedFor[0] === undefined ? 'nothing of it was found running' : `it waited for ${end.waitedFor[0]}`;
      const stuck = end.stuck.length === 0 ? '' : `; not even KILL ended ${end.stuck.join(', ')}`;
      return { status: 'timed-out', exitCode: 1, detail: `not done after ${formatDuration(timeoutMs)}; ${waits}${stuck}`, ...times };
    }
    case 'exited': {
      if (end.code === 0) return { status: wellEnded[action], exitCode: 0, ...times };
      const nothing = outcomeOf(action, end.code) === 'nothing';
      return { status: nothing ? nothingToDo[action] : 'failed', exitCode: end.code, detail: describeExit(end.code), ...times };
    }
  }
}

/** The script's row after it; undefined when the action says nothing about whether the script is up. */
export function rowAfter(operation: Wish, outcome: Operated): Omit<ScriptState, 'name'> | undefined {
  const { action, by } = operation;
  if (action === 'reload') return undefined;
  const { status, exitCode, detail, startedMs, endedMs } = outcome;
  const why = detail === undefined ? {} : { detail: action === 'start' ? detail : `${action}: ${detail}` };
  return { status: rowStatus(status), exitCode, startedMs, endedMs, by, ...why };
}

function rowStatus(status: OperatedStatus): ScriptStatus {
  return status === 'restarted' || status === 'reloaded' ? 'started' : status;
}

/** Whose wish an action is. */
export type Wish = Pick<OperationState, 'script' | 'action' | 'by'>;

/** The row of the script, wherever it is: in a tier of the plan, or among those that only hands have started. */
export function findRow(state: Pick<BootState, 'tiers' | 'byHand'>, script: string): ScriptState | undefined {
  const rows = [...state.tiers.flatMap(({ scripts }) => scripts), ...(state.byHand ?? [])].filter(({ name }) => name === script);
  return rows.find((row) => !isDouble(row)) ?? rows[0];
}

/** Puts the row in place of the script's old one, or among those that only hands have started. */
export function withRow(state: BootState, script: string, row: Omit<ScriptState, 'name'>): BootState {
  const old = findRow(state, script);
  const next = { name: script, ...row };
  const change = (rows: readonly ScriptState[]) => rows.map((each) => (each === old ? next : each));
  const byHand = old === undefined ? [...(state.byHand ?? []), next] : change(state.byHand ?? []);
  const tiers = state.tiers.map((tier) => ({ ...tier, scripts: change(tier.scripts) }));
  return { ...state, tiers, ...(byHand.length === 0 ? {} : { byHand }) };
}

/** A script that was started by hand before its tier was planned has its place in the tier then, and is not started again. */
export function adoptHandRows(state: BootState): BootState {
  const { byHand = [], tiers } = state;
  const isPlanned = (name: string): boolean => tiers.some(({ scripts }) => scripts.some((row) => row.name === name));
  const adopted = byHand.filter(({ name }) => isPlanned(name));
  if (adopted.length === 0) return state;
  let next: BootState = { ...state, byHand: byHand.filter((row) => !adopted.includes(row)) };
  for (const { name, ...row } of adopted) next = withRow(next, name, row);
  return next;
}

/** A script that an earlier tier starts, too: see readTiers. */
const isDouble = ({ status, detail }: ScriptState): boolean => status === 'skipped' && detail?.startsWith('already started in ') === true;

/** Adds the operation, or puts it in place of the one with its number. */
export function withOperation(state: BootState, operation: OperationState): BootState {
  const others = (state.operations ?? []).filter(({ number }) => number !== operation.number);
  const all = [...others, operation].sort((a, b) => a.number - b.number);
  const spare = all.filter(({ outcome }) => outcome !== undefined).slice(0, Math.max(0, all.length - KEPT_OPERATIONS));
  return { ...state, operations: all.filter((each) => !spare.includes(each)) };
}

export const nextNumber = ({ operations = [] }: BootState): number => Math.max(0, ...operations.map(({ number }) => number)) + 1;

/** The claim of its run: a run by hand is a new one each time. */
export const operationClaim = ({ script, action, number }: OperationState): string => `${script}.${action}.${number}`;
/** All runs of a script by hand say what they say in one file, one after another. */
export const handLog = (script: string): string => `${script}.hand`;
/** The line before what a run says. */
export const handHeading = ({ action, by }: OperationState, at: Date): string => `-- ${action} by ${by} at ${at.toISOString()}`;

/** Of the last lines of the log those of the last run. */
export function linesOfLastRun(lines: readonly string[]): readonly string[] {
  return lines.slice(lines.findLastIndex((line) => /^-- [a-z-]+ by .* at \d{4}-/.test(line)) + 1);
}
