/** What the exit code of an initscript's action means: LSB 3.1, "Init Script Actions". */
import type { Action } from './claims.ts';
import type { ScriptEvent } from './script-life.ts';

const meanings: Readonly<Record<number, string>> = {
  1: 'generic error',
  2: 'invalid argument',
  3: 'action not implemented',
  4: 'insufficient privilege',
  5: 'program is not installed',
  6: 'program is not configured',
  7: 'program is not running',
  126: 'cannot be executed',
  127: 'interpreter or command not found',
};

const signals: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  6: 'ABRT',
  9: 'KILL',
  11: 'SEGV',
  13: 'PIPE',
  15: 'TERM',
};

/** `exit 5: program is not installed`, `exit 137: ended by KILL`. */
export function describeExit(code: number): string {
  const meaning = meanings[code] ?? (code > 128 && code < 193 ? `ended by ${signals[code - 128] ?? `signal ${code - 128}`}` : undefined);
  return meaning === undefined ? `exit ${code}` : `exit ${code}: ${meaning}`;
}

/** Codes that say that there was nothing to do. Every other code but 0 is a failure. */
const nothingCodes: Readonly<Record<Action, readonly number[]>> = {
  // startpar tells of these and does not count them as failures either.
  start: [5, 6],
  restart: [5, 6],
  reload: [],
  // LSB: to stop what does not run is a success. Scripts without a stop say 3.
  stop: [3, 5, 6, 7],
};

/** What happens to a script whose action ends with this code. */
export function outcomeOf(action: Action, code: number): Extract<ScriptEvent, 'ok' | 'nothing' | 'failure'> {
  if (code === 0) return 'ok';
  return nothingCodes[action].includes(code) ? 'nothing' : 'failure';
}
