/** What becomes of a script that was seen healthy or unhealthy after the boot: a state machine, pure, over the whole machine. */
import type { DaemonState, MonitorState } from '../../sys/boot-state.ts';
import type { OnUnhealthy } from '../../sys/unhealthy-policy.ts';
import { fresh, withDaemon } from './daemon-state.ts';
import { type RestartLimits, recentOf, restartDelay } from './restart-limits.ts';

/** What was seen of one script. `restarted`: its restart has ended well, and the next look judges it; `not-restarted`: it has not. */
export type Observation =
  | { readonly script: string; readonly what: 'healthy' | 'restarted' }
  | { readonly script: string; readonly what: 'unhealthy' | 'not-restarted'; readonly reason: string };

/** What is to be done and told, in this order. `restart` is the only one that does something to the machine. */
export type MonitorAction =
  | { readonly kind: 'restart'; readonly script: string; readonly count: number }
  | { readonly kind: 'tell'; readonly script: string; readonly what: 'recovered' }
  | { readonly kind: 'tell'; readonly script: string; readonly what: 'unhealthy'; readonly reason: string; readonly inMs?: number }
  | { readonly kind: 'tell'; readonly script: string; readonly what: 'degraded'; readonly reason: string }
  | { readonly kind: 'pause'; readonly scripts: readonly string[]; readonly untilMs: number };

export interface MonitorRules {
  readonly limits: RestartLimits;
  readonly policyOf: (script: string) => OnUnhealthy;
}

export interface MonitorPlan {
  readonly monitor: MonitorState;
  readonly actions: readonly MonitorAction[];
}

/**
 * Takes what was seen into the state and says what is to be done at `nowMs`. The same object comes back as state when nothing
 * changed, so that nothing need be written. INVARIANTS: a script that is not wanted is never restarted; of one script no more
 * than `limit` restarts begin within `windowMs`; of the machine no more than `atOnce` run at a time.
 */
export function planMonitor(monitor: MonitorState, observations: readonly Observation[], rules: MonitorRules, nowMs: number): MonitorPlan {
  const actions: MonitorAction[] = [];
  let next = monitor;
  for (const observation of observations) {
    const daemon = next.daemons.find(({ script }) => script === observation.script);
    if (daemon === undefined) continue;
    const changed = observe(daemon, observation, rules, nowMs, actions);
    if (changed !== daemon) next = withDaemon(next, changed);
  }
  const fell = actions.some((action) => action.kind === 'tell' && action.what === 'unhealthy');
  next = pause(next, fell, rules, nowMs, actions);
  return { monitor: beginRestarts(next, rules, nowMs, actions), actions };
}

/** When the next restart may begin; Infinity while none is planned, or while as many run as may. */
export function nextDueMs(monitor: MonitorState, limits: RestartLimits): number {
  if (freeRestarts(monitor, limits) === 0) return Number.POSITIVE_INFINITY;
  const { daemons, pausedUntilMs = 0 } = monitor;
  return Math.max(pausedUntilMs, Math.min(...daemons.map(({ nextRestartMs = Number.POSITIVE_INFINITY }) => nextRestartMs)));
}

/** Those whose restart begins now, as many as may run at once, in the order of the plan: what others need comes first. */
export function dueRestarts(monitor: MonitorState, limits: RestartLimits, nowMs: number): readonly DaemonState[] {
  if ((monitor.pausedUntilMs ?? 0) > nowMs) return [];
  const isDue = ({ wanted, nextRestartMs }: DaemonState): boolean => wanted && nextRestartMs !== undefined && nextRestartMs <= nowMs;
  return monitor.daemons.filter(isDue).slice(0, freeRestarts(monitor, limits));
}

const freeRestarts = ({ daemons }: MonitorState, { atOnce }: RestartLimits): number =>
  Math.max(0, atOnce - daemons.filter(({ restartingMs }) => restartingMs !== undefined).length);

function observe(daemon: DaemonState, seen: Observation, rules: MonitorRules, nowMs: number, actions: MonitorAction[]): DaemonState {
  const { script, wanted, health, restartingMs } = daemon;
  if (seen.what === 'restarted') return restartingMs === undefined ? daemon : fresh(daemon, nowMs);
  if (seen.what === 'not-restarted') {
    return restartingMs === undefined ? daemon : fall(daemon, `restart ${seen.reason}`, rules, nowMs, actions);
  }
  // What stops or is being started has no health of its own.
  if (!wanted || restartingMs !== undefined || seen.what === health) return daemon;
  if (seen.what === 'unhealthy') return fall(daemon, seen.reason, rules, nowMs, actions);
  if (health === 'unhealthy' || daemon.restarts > 0) actions.push({ kind: 'tell', script, what: 'recovered' });
  return { ...fresh(daemon, nowMs), health: 'healthy' };
}

/** From healthy or unknown to unhealthy, and what its policy makes of it. */
function fall(daemon: DaemonState, reason: string, rules: MonitorRules, nowMs: number, actions: MonitorAction[]): DaemonState {
  const { script } = daemon;
  const policy = rules.policyOf(script);
  const recentRestartsMs = recentOf(daemon.recentRestartsMs, nowMs, rules.limits);
  const unhealthy: DaemonState = { ...fresh(daemon, nowMs), health: 'unhealthy', reason, recentRestartsMs };
  const inMs = policy === 'restart' ? restartDelay(recentRestartsMs.length, rules.limits) : undefined;
  actions.push({ kind: 'tell', script, what: 'unhealthy', reason, ...(inMs === undefined ? {} : { inMs }) });
  if (policy === 'ignore') return unhealthy;
  if (inMs !== undefined) return { ...unhealthy, nextRestartMs: nowMs + inMs };
  const often = `restarted ${recentRestartsMs.length} times in ${rules.limits.windowMs / 1000} s; ${reason}`;
  actions.push({ kind: 'tell', script, what: 'degraded', reason: policy === 'restart' ? often : reason });
  return { ...unhealthy, degraded: true };
}

/** Many that die together have one cause, such as want of memory: starting them all at once makes it worse. */
function pause(
  monitor: MonitorState,
  fell: boolean,
  { limits, policyOf }: MonitorRules,
  nowMs: number,
  actions: MonitorAction[],
): MonitorState {
  const { pausedUntilMs, daemons } = monitor;
  const over: MonitorState = pausedUntilMs !== undefined && pausedUntilMs <= nowMs ? { daemons } : monitor;
  if (!fell) return over;
  const fallen = monitor.daemons.filter(
    ({ script, health, sinceMs }) => health === 'unhealthy' && sinceMs > nowMs - limits.stormWindowMs && policyOf(script) === 'restart',
  );
  if (fallen.length < limits.stormSize) return over;
  const untilMs = nowMs + limits.pauseMs;
  if (over.pausedUntilMs === undefined) actions.push({ kind: 'pause', scripts: fallen.map(({ script }) => script), untilMs });
  return { ...over, pausedUntilMs: untilMs };
}

function beginRestarts(monitor: MonitorState, { limits }: MonitorRules, nowMs: number, actions: MonitorAction[]): MonitorState {
  return dueRestarts(monitor, limits, nowMs).reduce((state, daemon) => {
    const restarts = daemon.restarts + 1;
    actions.push({ kind: 'restart', script: daemon.script, count: restarts });
    const { nextRestartMs: _, ...rest } = daemon;
    const recentRestartsMs = [...recentOf(daemon.recentRestartsMs, nowMs, limits), nowMs];
    return withDaemon(state, { ...rest, restarts, recentRestartsMs, restartingMs: nowMs });
  }, monitor);
}
