/** When each check is made next, and what it said last. In memory: an agent that comes back looks again. */
import type { DaemonState } from '../../sys/boot-state.ts';
import type { HealthCheck } from './health-check.ts';
import type { Observation } from './plan-monitor.ts';
import type { Watched } from './watched.ts';

export interface Look {
  readonly script: string;
  readonly check: HealthCheck;
  /** Failures of it count. */
  readonly counts: boolean;
  dueMs: number;
  running: boolean;
  failures: number;
  /** Undefined until the first answer. */
  ok?: boolean;
  why: string;
  /** `sinceMs` of the daemon when this began: another one means that it was started anew. */
  epochMs: number;
}

/** Failures in a row that make a healthy script unhealthy where the check does not say: a look may be unlucky, a dead process is dead. */
const ATTEMPTS = 3;
const definite: readonly HealthCheck['probe']['kind'][] = ['pidfile', 'process'];
const RETRY_MS = 1000;

/** All looks of these scripts, the first of each a period from now. */
export function planLooks(watched: readonly Watched[], daemons: readonly DaemonState[], nowMs: number, periodMs: number): readonly Look[] {
  return watched.flatMap(({ script, checks, wanted }) =>
    [...checks, ...wanted].map((check) => ({
      script,
      check,
      counts: checks.includes(check),
      dueMs: onGrid(nowMs, check.given.periodMs ?? periodMs),
      running: false,
      failures: 0,
      why: '',
      epochMs: daemons.find((daemon) => daemon.script === script)?.sinceMs ?? nowMs,
    })),
  );
}

/** Begins anew when the script was started anew: it gets the time that it gets at the boot. */
export function followDaemon(look: Look, { health, sinceMs }: DaemonState): void {
  if (health !== 'unknown' || look.epochMs === sinceMs) return;
  delete look.ok;
  Object.assign(look, { epochMs: sinceMs, failures: 0, dueMs: sinceMs + look.check.delayMs });
}

/** Takes an answer in; undefined is healthy. */
export function takeAnswer(look: Look, why: string | undefined, daemon: DaemonState, nowMs: number, periodMs: number): void {
  const again = onGrid(nowMs, look.check.given.periodMs ?? periodMs);
  look.running = false;
  if (why === undefined) {
    Object.assign(look, { ok: true, failures: 0, why: '', dueMs: again });
    return;
  }
  look.failures += 1;
  look.why = look.failures > 1 ? `${why}, ${look.failures} attempts` : why;
  if (look.failures >= attemptsOf(look.check, daemon)) Object.assign(look, { ok: false, dueMs: again });
  else look.dueMs = Math.min(again, onGrid(nowMs, Math.min(RETRY_MS, look.check.periodMs)));
}

/** What the looks of one script together say; undefined while they have not made up their mind. */
export function judgeLooks(script: string, looks: readonly Look[]): Observation | undefined {
  const ours = looks.filter((look) => look.script === script && look.counts);
  const bad = ours.find(({ ok }) => ok === false);
  if (bad !== undefined) return { script, what: 'unhealthy', reason: `${bad.check.text}: ${bad.why}` };
  return ours.length > 0 && ours.every(({ ok, failures }) => ok && failures === 0) ? { script, what: 'healthy' } : undefined;
}

/** A script that was just started has all attempts of its check. */
function attemptsOf({ attempts, given, probe }: HealthCheck, { health }: DaemonState): number {
  if (health === 'unknown') return attempts;
  return given.attempts ?? (definite.includes(probe.kind) ? 1 : ATTEMPTS);
}

/** The next multiple of the period: looks with the same period wake the machine together. */
const onGrid = (nowMs: number, periodMs: number): number => (Math.floor(nowMs / periodMs) + 1) * periodMs;
