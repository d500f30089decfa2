/** What a restart did to the machine: seen before and after it. Pure. */

import type { DaemonState, Operated } from '../sys/boot-state.ts';
import { daemonStatus } from '../sys/daemon-text.ts';
import type { ProcessFacts } from '../sys/sys.ts';
import { formatColumns } from './format-columns.ts';

export interface MachineView {
  readonly daemons: readonly DaemonState[];
  /** Scripts whose checks fail at this moment, and why: the monitor sees it only with its period. */
  readonly unwell: ReadonlyMap<string, string>;
  /** Of the script that is restarted. */
  readonly processes: readonly ProcessFacts[];
}

export interface RestartVerdict {
  readonly script: string;
  /** Of the script's action; undefined when it was refused. */
  readonly restartMs?: number;
  /** From the end of the restart until its checks found it healthy. */
  readonly healthyMs?: number;
  /** What speaks against it; empty: it can be restarted. */
  readonly findings: readonly string[];
}

export interface RestartFacts {
  readonly before: MachineView;
  readonly after: MachineView;
  readonly outcome: Operated | { readonly refused: string };
  /** When it was seen healthy, or undefined when it was not in time. */
  readonly healthyAtMs: number | undefined;
  /** How long was waited for it to be healthy. */
  readonly patienceMs: number;
}

export function judgeRestart(script: string, { before, after, outcome, healthyAtMs, patienceMs }: RestartFacts): RestartVerdict {
  if ('refused' in outcome) return { script, findings: [outcome.refused] };
  const { status, detail, startedMs, endedMs } = outcome;
  const failed = status === 'restarted' ? [] : [`${status}${detail === undefined ? '' : `: ${detail}`}`];
  const reason = after.daemons.find((daemon) => daemon.script === script)?.reason;
  const unhealthy =
    healthyAtMs === undefined ? [`not healthy within ${patienceMs / 1000} s${reason === undefined ? '' : `: ${reason}`}`] : [];
  return {
    script,
    restartMs: Math.round(endedMs - startedMs),
    ...(healthyAtMs === undefined ? {} : { healthyMs: Math.max(0, Math.round(healthyAtMs - endedMs)) }),
    findings: [...failed, ...unhealthy, ...leftBehind(before, after), ...changedOthers(script, before, after)],
  };
}

/** A process id may be taken anew; with its start it names one process for ever. */
function leftBehind(before: MachineView, after: MachineView): readonly string[] {
  const old = before.processes.filter(({ pid, startTicks }) =>
    after.processes.some((process) => process.pid === pid && process.startTicks === startTicks),
  );
  return old.length === 0 ? [] : [`left old processes behind: ${old.map(({ comm, pid }) => `${comm} (pid ${pid})`).join(', ')}`];
}

/** Those that were well before and are not now, or had to be brought back meanwhile. */
function changedOthers(script: string, before: MachineView, after: MachineView): readonly string[] {
  return after.daemons.flatMap((daemon) => {
    const old = before.daemons.find((each) => each.script === daemon.script);
    if (daemon.script === script || old === undefined || daemonStatus(old) !== 'healthy' || before.unwell.has(daemon.script)) return [];
    const now = after.unwell.get(daemon.script);
    if (now !== undefined) return [`${daemon.script} was healthy before and is not now: ${now}`];
    if (daemonStatus(daemon) === 'healthy' && daemon.restarts === old.restarts) return [];
    const why = daemon.reason === undefined ? '' : `: ${daemon.reason}`;
    return [
      `${daemon.script} was healthy before and ${daemonStatus(daemon) === 'healthy' ? 'had to be restarted' : `is ${daemonStatus(daemon)} now${why}`}`,
    ];
  });
}

const HEAD = ['SCRIPT', 'RESTART', 'HEALTHY AFTER', 'FINDINGS'];

/** One line a script; further findings below the first. */
export function formatVerdicts(verdicts: readonly RestartVerdict[]): string {
  const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : `${(ms / 1000).toFixed(1)} s`);
  const rows = verdicts.flatMap(({ script, restartMs, healthyMs, findings: [first = 'none', ...rest] }) => [
    [script, seconds(restartMs), seconds(healthyMs), first],
    ...rest.map((finding) => ['', '', '', finding]),
  ]);
  return formatColumns([HEAD, ...rows]);
}
