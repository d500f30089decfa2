/** The life of one initscript as a table: a change of its status that is not in it does not happen. */
import type { ScriptStatus } from '../sys/boot-state.ts';

/** What may happen to a script. `ok`, `nothing`, `failure` are how a run of it ended, `late` that its time was up. */
export const scriptEvents = ['start', 'stop', 'ok', 'nothing', 'failure', 'late', 'skip', 'replace', 'retry'] as const;
export type ScriptEvent = (typeof scriptEvents)[number];

/** `start` and `stop` of a script that is at it already: an agent that was started again joins the run. */
export const scriptLife = {
  waiting: { start: 'starting', stop: 'stopping', skip: 'skipped', replace: 'built-in', failure: 'failed' },
  starting: {
    start: 'starting',
    stop: 'stopping',
    ok: 'started',
    nothing: 'skipped',
    failure: 'failed',
    late: 'timed-out',
  },
  started: { start: 'starting', stop: 'stopping' },
  failed: { start: 'starting', stop: 'stopping', retry: 'waiting' },
  'timed-out': { start: 'starting', stop: 'stopping', retry: 'waiting' },
  skipped: { start: 'starting', retry: 'waiting' },
  'built-in': {},
  stopping: { stop: 'stopping', ok: 'stopped', nothing: 'stopped', failure: 'failed', late: 'timed-out' },
  stopped: { start: 'starting', stop: 'stopping' },
} as const satisfies Readonly<Record<ScriptStatus, Readonly<Partial<Record<ScriptEvent, ScriptStatus>>>>>;

/** Whether some event leads from the one to the other. A status may always be told again, with another detail. */
export const canFollow = (from: ScriptStatus, to: ScriptStatus): boolean =>
  from === to || Object.values<ScriptStatus>(scriptLife[from]).includes(to);
