/** How a script that is watched does, in words: for `lifeboot status`, `lifeboot health` and the banner. */
import type { BootState, DaemonState } from './boot-state.ts';
import { formatElapsed } from './elapsed.ts';

export type DaemonStatus = 'healthy' | 'unknown' | 'unhealthy' | 'restarting' | 'degraded' | 'stopped';

/** One word: the gravest that is true. */
export function daemonStatus({ wanted, degraded, restartingMs, health }: DaemonState): DaemonStatus {
  if (!wanted) return 'stopped';
  if (degraded) return 'degraded';
  return restartingMs === undefined ? health : 'restarting';
}

/** `degraded for 3 min 5 s: tcp:80: refused; restarted 5 times`. */
export function formatDaemon(daemon: DaemonState, uptimeMs: number): string {
  const { sinceMs, reason, restarts, nextRestartMs, restartingMs } = daemon;
  const status = daemonStatus(daemon);
  const next = nextRestartMs === undefined ? [] : [`restart in ${formatElapsed(nextRestartMs - uptimeMs)}`];
  const times = restarts === 0 ? [] : [`restarted ${restarts === 1 ? 'once' : `${restarts} times`}`];
  const head = `${status} for ${formatElapsed(uptimeMs - (restartingMs ?? sinceMs))}${reason === undefined ? '' : `: ${reason}`}`;
  return [head, ...times, ...next].join('; ');
}

/** Scripts that are down and that nobody brings back by himself. */
export const degradedScripts = ({ monitor }: BootState): readonly string[] =>
  (monitor?.daemons ?? []).filter((daemon) => daemonStatus(daemon) === 'degraded').map(({ script }) => script);
