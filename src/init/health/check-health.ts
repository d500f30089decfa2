/** Makes the health checks of all scripts, each with its own attempts, all against one deadline. */

import type { HealthState } from '../../sys/boot-state.ts';
import { emit } from '../../sys/events.ts';
import type { Sys } from '../../sys/sys.ts';
import { attempt } from './attempt.ts';
import type { HealthCheck } from './health-check.ts';

export interface HealthResult extends HealthState {
  /** Reported, but no reason for a bad verdict. */
  readonly wanted: boolean;
}

export interface ScriptCheck {
  readonly script: string;
  readonly check: HealthCheck;
}

export interface HealthOptions {
  readonly timeoutMs: number;
  /** Whether a process that the script left is still there. */
  readonly hasProcesses: (script: string) => Promise<boolean>;
  readonly signal?: AbortSignal;
}

/** Resolves when every check is healthy or has used up its attempts or the time. Order as given. Never throws. */
export async function checkHealth(sys: Sys, checks: readonly ScriptCheck[], options: HealthOptions): Promise<readonly HealthResult[]> {
  const deadlineMs = sys.uptimeMs() + options.timeoutMs;
  return Promise.all(checks.map((each) => checkOne(sys, each, deadlineMs, options)));
}

async function checkOne(
  sys: Sys,
  { script, check }: ScriptCheck,
  deadlineMs: number,
  { hasProcesses, signal }: HealthOptions,
): Promise<HealthResult> {
  const context = { sys, hasProcesses: () => hasProcesses(script), signal };
  const left = (): number => deadlineMs - sys.uptimeMs();
  let why = 'no time left for an attempt';
  let made = 0;
  if (check.delayMs > 0) await sys.sleep(Math.min(check.delayMs, Math.max(0, left())), signal);
  while (made < check.attempts && left() > 0 && !signal?.aborted) {
    if (made > 0) await sys.sleep(Math.min(check.periodMs, left()), signal);
    if (left() <= 0 || signal?.aborted) break;
    made += 1;
    const answer = await attempt(context, check.probe, Math.max(1, Math.min(check.timeoutMs, left())));
    if (answer === undefined) return tell(sys, { script, check: check.text, healthy: true, detail: '', wanted: check.wanted });
    why = answer;
  }
  const detail = made > 1 ? `${why}, ${made} attempts` : why;
  return tell(sys, { script, check: check.text, healthy: false, detail, wanted: check.wanted });
}

async function tell(sys: Sys, result: HealthResult): Promise<HealthResult> {
  const { script, check, healthy, detail, wanted } = result;
  const text = [check, ...(detail === '' ? [] : [detail]), ...(wanted ? ['wanted only'] : [])].join(': ');
  await emit(sys, { subject: 'health', name: script, what: healthy ? 'healthy' : 'unhealthy', detail: text });
  return result;
}
