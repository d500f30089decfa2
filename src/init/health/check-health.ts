/** Makes the health checks of all scripts, each with its own attempts, all against one deadline. */

import type { HealthState } from '../../sys/boot-state.ts';
import { emit } from '../../sys/events.ts';
import type { Sys } from '../../sys/sys.ts';
import { formatDuration } from '../duration.ts';
import type { HealthCheck, HealthProbe } from './health-check.ts';

export interface HealthResult extends HealthState {
  /** Reported, but no reason for a bad verdict. */
  readonly wanted: boolean;
}

export interface ScriptCheck {
  readonly script: string;
  readonly check: HealthCheck;
}

/** Resolves when every check is healthy or has used up its attempts or the time. Order as given. Never throws. */
export async function checkHealth(
  sys: Sys,
  checks: readonly ScriptCheck[],
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<readonly HealthResult[]> {
  const deadlineMs = sys.uptimeMs() + options.timeoutMs;
  return Promise.all(checks.map((each) => checkOne(sys, each, deadlineMs, options.signal)));
}

async function checkOne(
  sys: Sys,
  { script, check }: ScriptCheck,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<HealthResult> {
  const left = (): number => deadlineMs - sys.uptimeMs();
  let why = 'no time left for an attempt';
  let made = 0;
  if (check.delayMs > 0) await sys.sleep(Math.min(check.delayMs, Math.max(0, left())), signal);
  while (made < check.attempts && left() > 0 && !signal?.aborted) {
    if (made > 0) await sys.sleep(Math.min(check.periodMs, left()), signal);
    if (left() <= 0 || signal?.aborted) break;
    made += 1;
    const answer = await attempt(sys, check.probe, Math.max(1, Math.min(check.timeoutMs, left())), signal);
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

/** Undefined when healthy, else why not. */
async function attempt(sys: Sys, probe: HealthProbe, timeoutMs: number, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    switch (probe.kind) {
      case 'tcp':
      case 'ssh-banner':
        return await attemptTcp(sys, probe, timeoutMs);
      case 'pidfile':
        return await attemptPidfile(sys, probe.path);
      case 'file':
        return (await sys.facts(probe.path)) === undefined ? `${probe.path} does not exist` : undefined;
      case 'exec':
        return await attemptExec(sys, probe.argv, timeoutMs, signal);
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function attemptTcp(
  sys: Sys,
  { kind, host, port }: HealthProbe & { readonly kind: 'tcp' | 'ssh-banner' },
  timeoutMs: number,
): Promise<string | undefined> {
  const probe = await sys.probeTcp({ host, port, wantBanner: kind === 'ssh-banner', timeoutMs });
  if (!probe.ok) return probe.why;
  // RFC 4253 4.2: the identification may come after other lines.
  if (kind === 'tcp' || /^SSH-/m.test(probe.banner)) return undefined;
  return `said ${JSON.stringify(probe.banner.slice(0, 40))} instead of an SSH banner`;
}

/** A pid file is healthy when the process it names is there and is not a zombie. */
async function attemptPidfile(sys: Sys, path: string): Promise<string | undefined> {
  const text = await sys.readText(path);
  if (text === undefined) return `${path} does not exist`;
  const pid = /^\s*(\d+)\s*(\n|$)/.exec(text)?.[1];
  if (pid === undefined) return `${path} holds ${JSON.stringify(text.slice(0, 40))}, not a process id`;
  const stat = await sys.readText(`/proc/${pid}/stat`);
  if (stat === undefined) return `no process ${pid}, which ${path} names`;
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z') ? `process ${pid} of ${path} is a zombie` : undefined;
}

async function attemptExec(
  sys: Sys,
  argv: readonly string[],
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const ran = await sys.run(argv, { timeoutMs, cwd: '/', ...(signal && { signal }) });
  if (ran.code === 0) return undefined;
  if (ran.timedOut) return `no answer within ${formatDuration(timeoutMs)}`;
  const said = `${ran.stdout}\n${ran.stderr}`.trim().split('\n').at(-1) ?? '';
  return `${ran.code === null ? `ended by ${ran.signal}` : `exit ${ran.code}`}${said === '' ? '' : `, said ${JSON.stringify(said.slice(0, 200))}`}`;
}
