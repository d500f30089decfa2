/** What `lifeboot health` shows: one row a script, from the state and the event log. Pure. */
import type { LoggedEvent } from '../chart/read-events.ts';
import type { BootState, DaemonState } from '../sys/boot-state.ts';
import { printable } from '../sys/console.ts';
import { type DaemonStatus, daemonStatus, formatDaemon } from '../sys/daemon-text.ts';

export interface HealthRow {
  readonly script: string;
  readonly status: DaemonStatus;
  /** Absent before the boot is over. */
  readonly daemon?: DaemonState;
  /** What it is watched by. */
  readonly checks: readonly { readonly check: string; readonly healthy?: boolean; readonly detail?: string }[];
  /** The last things that befell it, in the order of time. */
  readonly history: readonly Pick<LoggedEvent, 'uptimeMs' | 'what' | 'detail'>[];
}

/** In the order of the plan. Before the boot is over: those whose checks have spoken. */
export function healthRows(state: BootState, events: readonly LoggedEvent[], most: number): readonly HealthRow[] {
  const daemons = state.monitor?.daemons ?? [];
  const judged = [...new Set(state.health.map(({ script }) => script))].filter((name) => !daemons.some(({ script }) => script === name));
  const checksOf = (script: string): HealthRow['checks'] =>
    state.health.filter((row) => row.script === script).map(({ check, healthy, detail }) => ({ check, healthy, detail }));
  const historyOf = (script: string): HealthRow['history'] =>
    events
      .filter(({ subject, name }) => subject === 'health' && name === script)
      .slice(-most)
      .map(({ uptimeMs, what, detail }) => ({ uptimeMs, what, ...(detail === undefined ? {} : { detail }) }));
  return [
    ...daemons.map((daemon) => ({
      script: daemon.script,
      status: daemonStatus(daemon),
      daemon,
      checks: [...checksOf(daemon.script), ...(daemon.check === undefined ? [] : [{ check: daemon.check }])],
      history: historyOf(daemon.script),
    })),
    ...judged.map((script) => ({
      script,
      status: checksOf(script).every(({ healthy }) => healthy) ? ('healthy' as const) : ('unhealthy' as const),
      checks: checksOf(script),
      history: historyOf(script),
    })),
  ];
}

/** `uptimeMs` and `now` are the same moment. */
export function formatHealth(rows: readonly HealthRow[], uptimeMs: number, now: Date): string {
  if (rows.length === 0) return 'nothing is watched: no script has a health check or left a daemon';
  const width = Math.max(...rows.map(({ script }) => script.length));
  const atOf = (eventMs: number): string => new Date(now.getTime() - uptimeMs + eventMs).toISOString().slice(0, 19).replace('T', ' ');
  return rows
    .flatMap((row) => [
      `${row.script.padEnd(width)}  ${row.daemon === undefined ? row.status : formatDaemon(row.daemon, uptimeMs)}  [${row.checks.map(({ check }) => check).join(', ')}]`,
      ...row.history.map(
        ({ uptimeMs: at, what, detail }) => `${' '.repeat(width)}    ${atOf(at)} ${what}${detail === undefined ? '' : `: ${detail}`}`,
      ),
    ])
    .map(printable)
    .join('\n');
}
