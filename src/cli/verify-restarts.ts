/** `lifeboot verify-restarts`: restarts every daemon one after another and judges health after each, before an image goes to a fleet. */
import { parseArgs } from 'node:util';
import { attempt } from '../init/health/attempt.ts';
import { hasProcesses } from '../init/health/has-processes.ts';
import { planWatched, type Watched } from '../init/health/watched.ts';
import { processesOf } from '../init/processes/script-processes.ts';
import { readTiers, startDirectories } from '../init/read-tiers.ts';
import { scriptPaths } from '../init/script-paths.ts';
import { type MonitorState, type Operated, readBootState } from '../sys/boot-state.ts';
import { loadConfig } from '../sys/config.ts';
import { printable } from '../sys/console.ts';
import { daemonStatus } from '../sys/daemon-text.ts';
import { createLinuxSys } from '../sys/linux.ts';
import { paths } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';
import { askPatiently } from './ask-agent.ts';
import { formatVerdicts, judgeRestart, type MachineView, type RestartVerdict } from './judge-restart.ts';
import { UsageError } from './usage-error.ts';

const LOOK_MS = 1000;
const ATTEMPTS = 3;
const PATIENCE_MS = 120_000;

/** `[NAME…] [--json]`. Exit status 0 when nothing speaks against any restart, 1 when something does, 4 while nothing is watched. */
export async function verifyRestarts(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } }, allowPositionals: true });
  const sys = createLinuxSys();
  const monitor = (await readBootState(sys))?.monitor;
  if (monitor === undefined) {
    process.stderr.write('lifeboot: no script is watched: the machine was not booted by lifeboot, or its boot is not over\n');
    return 4;
  }
  const known = monitor.daemons.map(({ script }) => script);
  const strange = positionals.find((name) => !known.includes(name));
  if (strange !== undefined) throw new UsageError(printable(`${JSON.stringify(strange)} is not watched; watched: ${known.join(', ')}`));
  const daemons = monitor.daemons.filter(({ kind, wanted }) => kind === 'daemon' && wanted).map(({ script }) => script);
  const watched = await readWatched(sys, monitor);
  const verdicts: RestartVerdict[] = [];
  for (const script of known.filter((name) => (positionals.length > 0 ? positionals : daemons).includes(name))) {
    const verdict = await verifyRestart(sys, script, { watched, patienceMs: PATIENCE_MS });
    verdicts.push(verdict);
    if (!values.json) process.stderr.write(`${printable(`${script}: ${verdict.findings[0] ?? 'well'}`)}\n`);
  }
  process.stdout.write(
    `${values.json ? JSON.stringify(verdicts, null, 2) : formatVerdicts(verdicts).split('\n').map(printable).join('\n')}\n`,
  );
  return verdicts.every(({ findings }) => findings.length === 0) ? 0 : 1;
}

/** One restart through the agent, in its turn and on record, and what came of it. */
export async function verifyRestart(
  sys: Sys,
  script: string,
  { watched, patienceMs }: { readonly watched: readonly Watched[]; readonly patienceMs: number },
): Promise<RestartVerdict> {
  const before = await look(sys, script, watched);
  const ticket = crypto.randomUUID();
  const request = { op: 'operate', action: 'restart', script, by: 'lifeboot verify-restarts', ticket };
  let answer = await askPatiently(sys, request);
  while (answer['pending'] === true) answer = await askPatiently(sys, request);
  if (typeof answer['error'] === 'string') {
    return judgeRestart(script, { before, after: before, outcome: { refused: answer['error'] }, healthyAtMs: undefined, patienceMs });
  }
  const outcome = answer['outcome'] as Operated;
  const healthyAtMs = await awaitHealthy(sys, script, outcome, patienceMs);
  return judgeRestart(script, { before, after: await look(sys, script, watched), outcome, healthyAtMs, patienceMs });
}

/** The monitor looks at what was started anew; resolves with when it found it healthy. */
async function awaitHealthy(sys: Sys, script: string, { startedMs }: Operated, patienceMs: number): Promise<number | undefined> {
  for (const untilMs = sys.uptimeMs() + patienceMs; ; await sys.waitForChange(dirOfState, LOOK_MS)) {
    const daemon = (await readBootState(sys))?.monitor?.daemons.find((each) => each.script === script);
    if (daemon !== undefined && daemon.sinceMs > startedMs && daemonStatus(daemon) === 'healthy') return daemon.sinceMs;
    if (daemon === undefined || sys.uptimeMs() >= untilMs) return undefined;
  }
}

const dirOfState = paths.state.replace(/\/[^/]*$/, '');

async function readWatched(sys: Sys, monitor: MonitorState): Promise<readonly Watched[]> {
  const { config } = await loadConfig(sys);
  const { tiers } = await readTiers(sys, startDirectories(config.scripts.runlevel));
  return planWatched(
    monitor,
    tiers.flatMap(({ scripts }) => scripts),
    config.health.on_unhealthy,
  );
}

async function look(sys: Sys, script: string, watched: readonly Watched[]): Promise<MachineView> {
  const asked = watched.filter((each) => each.script !== script).map(async (each) => [each.script, await whyUnwell(sys, each)] as const);
  const unwell = new Map((await Promise.all(asked)).flatMap(([name, why]) => (why === undefined ? [] : [[name, why] as const])));
  const daemons = (await readBootState(sys))?.monitor?.daemons ?? [];
  return { daemons, unwell, processes: await processesOf(sys, scriptPaths, script) };
}

/** The checks that count, each as often as the monitor makes it before it believes it. */
async function whyUnwell(sys: Sys, { script, checks }: Watched): Promise<string | undefined> {
  for (const { probe, text, timeoutMs } of checks) {
    let why: string | undefined;
    for (let left = ATTEMPTS; left > 0; left -= 1) {
      why = await attempt({ sys, hasProcesses: () => hasProcesses(sys, scriptPaths, script) }, probe, timeoutMs);
      if (why === undefined) break;
      if (left > 1) await sys.sleep(LOOK_MS);
    }
    if (why !== undefined) return `${text}: ${why}`;
  }
  return undefined;
}
