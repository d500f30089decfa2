/** Changes to what is known of one daemon. Pure; each change names what made it. */
import type { BootState, DaemonState, MonitorState } from '../../sys/boot-state.ts';

export const findDaemon = (monitor: MonitorState | undefined, script: string): DaemonState | undefined =>
  monitor?.daemons.find((daemon) => daemon.script === script);

/** A daemon nobody has looked at yet. */
export const newDaemon = (script: string, kind: DaemonState['kind'], nowMs: number): DaemonState => ({
  script,
  kind,
  wanted: true,
  health: 'unknown',
  sinceMs: nowMs,
  restarts: 0,
  recentRestartsMs: [],
});

export const withDaemon = (monitor: MonitorState, daemon: DaemonState): MonitorState => ({
  ...monitor,
  daemons: monitor.daemons.map((other) => (other.script === daemon.script ? daemon : other)),
});

/** Stopped on purpose: `by` did it. What was planned for it is called off. */
export const unwanted = (daemon: DaemonState, by: string, nowMs: number): DaemonState =>
  daemon.wanted ? { ...fresh(daemon, nowMs), wanted: false, reason: by, recentRestartsMs: [] } : daemon;

/** Started on purpose: it begins with a clean slate, whatever it did before. */
export const wantedAgain = (daemon: DaemonState, nowMs: number): DaemonState => ({
  ...fresh(daemon, nowMs),
  wanted: true,
  recentRestartsMs: [],
});

/** Its health is to be found out anew; what counts against the limit stays. */
export function fresh(daemon: DaemonState, nowMs: number): DaemonState {
  const { script, kind, check, wanted, restarts, recentRestartsMs } = daemon;
  return { script, kind, ...(check === undefined ? {} : { check }), wanted, health: 'unknown', sinceMs: nowMs, restarts, recentRestartsMs };
}

/** The state of the boot with what is known of one script changed: for who starts and stops it. A script nobody watches is none of it. */
export function changeDaemon(state: BootState, script: string, change: (daemon: DaemonState) => DaemonState): BootState {
  const daemon = findDaemon(state.monitor, script);
  if (state.monitor === undefined || daemon === undefined) return state;
  return { ...state, monitor: withDaemon(state.monitor, change(daemon)) };
}
