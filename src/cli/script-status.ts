/** `lifeboot status SERVICE...`: all that is known of a script, read from files and /proc, so it answers without an agent. */
import { findDaemon } from '../init/health/daemon-state.ts';
import { handScripts } from '../init/operate/find-hand-script.ts';
import { findRow } from '../init/operate/operation.ts';
import { processesOf } from '../init/processes/script-processes.ts';
import { describeMembers } from '../init/processes/session.ts';
import { lastLines } from '../init/script-output.ts';
import { type ScriptPaths, scriptPaths } from '../init/script-paths.ts';
import type { BootState, DaemonState, HealthState, OperationState, ScriptState } from '../sys/boot-state.ts';
import { printable } from '../sys/console.ts';
import { formatDaemon } from '../sys/daemon-text.ts';
import { formatElapsed } from '../sys/elapsed.ts';
import { nearest } from '../sys/nearest.ts';
import { row as line } from '../sys/status-text.ts';
import type { Sys } from '../sys/sys.ts';

export interface ScriptFacts {
  readonly name: string;
  /** Of the tier that starts it; absent: no tier of this boot does. */
  readonly tier?: string;
  readonly row?: ScriptState;
  /** Its file is gone: the package was removed. */
  readonly isGone: boolean;
  /** `COMMAND (pid N)` of each. */
  readonly processes: readonly string[];
  readonly health: readonly HealthState[];
  readonly daemon?: DaemonState;
  readonly operations: readonly OperationState[];
  readonly output: readonly string[];
}

/** LSB 3.1, of the action `status`. */
export const statusCodes = { running: 0, dead: 1, down: 3, unknown: 4 } as const;

const OUTPUT_LINES = 10;
const OPERATIONS = 5;

/** Undefined when neither the boot nor /etc/init.d knows it. */
export async function findScriptFacts(
  sys: Sys,
  boot: BootState,
  name: string,
  paths: ScriptPaths = scriptPaths,
): Promise<ScriptFacts | undefined> {
  const row = findRow(boot, name);
  const isGone = (await sys.facts(`/etc/init.d/${name}`)) === undefined;
  if (row === undefined && isGone) return undefined;
  const tier = boot.tiers.find(({ scripts }) => row !== undefined && scripts.includes(row))?.name;
  const daemon = findDaemon(boot.monitor, name);
  return {
    name,
    ...(tier === undefined ? {} : { tier }),
    ...(row === undefined ? {} : { row }),
    isGone,
    processes: describeMembers(await processesOf(sys, paths, name)),
    health: boot.health.filter(({ script }) => script === name),
    ...(daemon === undefined ? {} : { daemon }),
    operations: (boot.operations ?? []).filter(({ script }) => script === name).slice(-OPERATIONS),
    output: await newestLines(sys, paths, name),
  };
}

/** What to say of a name that nobody knows. */
export async function unknownScript(sys: Sys, boot: BootState, name: string): Promise<string> {
  const known = [...boot.tiers.flatMap(({ scripts }) => scripts.map((script) => script.name)), ...(await handScripts({ sys, root: '' }))];
  const near = nearest(name, known);
  return `${JSON.stringify(name)}: no such script${near === undefined ? '' : `; did you mean ${near}?`}`;
}

/** Of the file that was written to last: of its start, of what was done by hand, of its stop. */
async function newestLines(sys: Sys, paths: ScriptPaths, name: string): Promise<readonly string[]> {
  const logs = await Promise.all(
    ['start', 'hand', 'stop'].map(async (kind) => {
      const log = `${name}.${kind}`;
      return { log, facts: await sys.facts(`${paths.output}/${log}`) };
    }),
  );
  const written = logs.filter(({ facts }) => facts !== undefined && facts.size > 0);
  const newest = written.toSorted((a, b) => (b.facts?.mtimeMs ?? 0) - (a.facts?.mtimeMs ?? 0))[0];
  return newest === undefined ? [] : lastLines(sys, paths, newest.log, OUTPUT_LINES);
}

/** What the action `status` of the script would answer, from what is known. */
export function statusCode({ row, daemon, processes }: ScriptFacts): number {
  switch (row?.status) {
    case undefined:
      return processes.length > 0 ? statusCodes.running : statusCodes.unknown;
    case 'starting':
    case 'stopping':
    case 'built-in':
      return statusCodes.running;
    case 'started':
      return daemon?.kind === 'daemon' && (processes.length === 0 || daemon.health === 'unhealthy')
        ? statusCodes.dead
        : statusCodes.running;
    case 'failed':
    case 'timed-out':
      return processes.length > 0 ? statusCodes.running : statusCodes.dead;
    case 'waiting':
    case 'skipped':
    case 'stopped':
      return statusCodes.down;
  }
}

export function formatScriptFacts(facts: ScriptFacts, uptimeMs: number): string {
  const { name, tier, row, isGone, processes, health, daemon, operations, output } = facts;
  const by = row?.by === undefined ? '' : ` by ${row.by}`;
  const since = row?.endedMs ?? row?.startedMs;
  const when = since === undefined ? '' : ` at ${seconds(since)}, ${formatElapsed(uptimeMs - since)} ago`;
  const lines = [
    `${name}: ${row === undefined ? 'not started in this boot' : `${row.status}${by}${when}`}`,
    ...(row?.detail === undefined ? [] : [line('why', row.detail)]),
    line('tier', tier ?? 'none: only by hand'),
    ...(isGone ? [line('script', `/etc/init.d/${name} is gone`)] : []),
    ...(daemon === undefined ? [] : [line('monitor', formatDaemon(daemon, uptimeMs))]),
    ...health.map((check) =>
      line('health', `${check.check}: ${check.healthy ? 'healthy' : 'UNHEALTHY'}${check.detail === '' ? '' : ` (${check.detail})`}`),
    ),
    ...list('processes', processes.length === 0 ? ['none'] : processes),
    ...list('by hand', operations.map(describeOperation)),
    ...output.map((said) => `  | ${said}`),
  ];
  return lines.map(printable).join('\n');
}

function describeOperation({ action, by, outcome, askedMs }: OperationState): string {
  if (outcome === undefined) return `${action} by ${by} at ${seconds(askedMs)}: under way`;
  const why = outcome.detail === undefined ? '' : `: ${outcome.detail}`;
  return `${action} by ${by} at ${seconds(askedMs)}: ${outcome.status}${why}`;
}

const list = (name: string, lines: readonly string[]): readonly string[] => lines.map((each, index) => line(index === 0 ? name : '', each));
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
