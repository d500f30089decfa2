/** What became of the scripts and their daemons: exit codes, what `status` says, health, processes, who listens where. */
import type { ScriptState } from '../../../sys/boot-state.ts';
import type { Sys } from '../../../sys/sys.ts';
import { attempt } from '../../health/attempt.ts';
import { hasProcesses } from '../../health/has-processes.ts';
import type { InitScript } from '../../init-script.ts';
import { handEnvironment } from '../../script-environment.ts';
import type { ScriptPaths } from '../../script-paths.ts';
import { listSections } from './listing.ts';

type Facts = Record<string, string>;

export interface Services {
  readonly sys: Sys;
  readonly paths: ScriptPaths;
  readonly scripts: readonly InitScript[];
  readonly rows: readonly ScriptState[];
  /** Since when scripts count as run in the trial. */
  readonly sinceMs: number;
}

const STATUS_MS = 10_000;
const HEALTH_ATTEMPTS = 5;
const HEALTH_MS = 5000;

/** Never throws. */
export async function serviceFacts(services: Services): Promise<Facts> {
  const { sys, paths, scripts, rows, sinceMs } = services;
  const isRecent = ({ name }: InitScript): boolean => rows.some((row) => row.name === name && (row.startedMs ?? 0) >= sinceMs);
  const ran = scripts.filter(({ name }) => rows.some((row) => row.name === name && row.startedMs !== undefined));
  const { cgroups, busybox } = paths;
  const sections = await listSections(sys, busybox, {
    groups: `${busybox} find ${cgroups} -name cgroup.procs -exec ${busybox} grep -sH . {} +`,
    sockets: 'ss -H -l -n -t -u -x -p',
  });
  const owners = parseOwners(sections.get('groups') ?? [], cgroups);
  return {
    ...exitFacts(rows),
    ...(await processFacts(sys, owners)),
    ...pidFacts(owners),
    ...listenFacts(sections.get('sockets') ?? [], owners),
    ...(await healthFacts(services, ran)),
    // Last: a status action may do anything. Those of earlier tiers are not asked: their daemons are seen by what they listen at.
    ...(await statusFacts(sys, ran.filter(isRecent))),
  };
}

export function exitFacts(rows: readonly ScriptState[]): Facts {
  const exit = ({ status, exitCode }: ScriptState): string | undefined => {
    if (exitCode !== undefined) return `${exitCode}`;
    return status === 'started' ? '0' : status === 'waiting' || status === 'skipped' || status === 'built-in' ? undefined : status;
  };
  return Object.fromEntries(rows.flatMap((row) => (exit(row) === undefined ? [] : [[`script ${row.name} exit`, exit(row) ?? '']])));
}

/** The script of each process that one has left: lines `GROUPS/ssh/cgroup.procs:812`; a daemon may have groups below its own. */
export function parseOwners(lines: readonly string[], groups: string): ReadonlyMap<number, string> {
  return new Map(
    lines.flatMap((line) => {
      const [, script, pid] =
        /^\/([^/]+)\/(?:.*\/)?cgroup\.procs:(\d+)$/.exec(line.startsWith(groups) ? line.slice(groups.length) : '') ?? [];
      return script === undefined ? [] : [[Number(pid), script] as const];
    }),
  );
}

async function processFacts(sys: Sys, owners: ReadonlyMap<number, string>): Promise<Facts> {
  const counts = new Map<string, number>();
  for (const [pid, script] of owners) {
    const exe = (await sys.facts(`/proc/${pid}/exe`).catch(() => undefined))?.target;
    if (exe === undefined) continue;
    const fact = `process ${script} ${exe.replace(/ \(deleted\)$/, '')}`;
    counts.set(fact, (counts.get(fact) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].map(([fact, count]) => [fact, `${count}`]));
}

/** `pids named` → `812 815`. */
export function pidFacts(owners: ReadonlyMap<number, string>): Facts {
  const byScript = Map.groupBy(
    [...owners.keys()].toSorted((a, b) => a - b),
    (pid) => owners.get(pid) ?? '',
  );
  return Object.fromEntries([...byScript].map(([script, pids]) => [`pids ${script}`, pids.join(' ')]));
}

/** Lines of ss(8): `udp UNCONN 0 0 0.0.0.0:631 0.0.0.0:* users:(("cups-browsed",pid=812,fd=7))`. */
export function listenFacts(lines: readonly string[], owners: ReadonlyMap<number, string>): Facts {
  const facts: Facts = {};
  for (const line of lines) {
    const [kind = '', , , , local = '', ...more] = line.trim().split(/\s+/);
    const address = kind.startsWith('u_') ? local : kind === 'tcp' || kind === 'udp' ? local.replace(/%\w+(?=:)/, '') : '';
    // A unix socket without a name, or with a number for one, is nobody's to find.
    if (address === '' || address === '*' || /^@?[0-9a-f]{5,}$/.test(address)) continue;
    const users = [...more.join(' ').matchAll(/\("([^"]*)",pid=(\d+)/g)];
    const [, comm, pid] = users.find(([, , each]) => owners.has(Number(each))) ?? [];
    if (comm === undefined || pid === undefined) continue;
    facts[`listen ${kind.startsWith('u_') ? 'unix' : kind}:${address}`] = `${comm} of ${owners.get(Number(pid))}`;
  }
  return facts;
}

async function healthFacts({ sys, paths }: Services, ran: readonly InitScript[]): Promise<Facts> {
  const checks = ran.flatMap(({ name, header }) => header.healthChecks.map((check) => ({ name, check })));
  const made = checks.map(async ({ name, check }) => {
    const context = { sys, hasProcesses: () => hasProcesses(sys, paths, name) };
    for (let left = Math.min(HEALTH_ATTEMPTS, check.attempts); left > 0; left--) {
      if ((await attempt(context, check.probe, Math.min(HEALTH_MS, check.timeoutMs))) === undefined) {
        return [`health ${name} ${check.text}`, 'healthy'] as const;
      }
      if (left > 1) await sys.sleep(check.periodMs);
    }
    return [`health ${name} ${check.text}`, 'unhealthy'] as const;
  });
  return Object.fromEntries(await Promise.all(made));
}

/** Only of scripts that know the word: to others it may be an order to start. */
async function statusFacts(sys: Sys, ran: readonly InitScript[]): Promise<Facts> {
  const facts: Facts = {};
  for (const { name, path } of ran) {
    const text = (await sys.readText(path).catch(() => undefined)) ?? '';
    if (!/^[^#\n]*\bstatus\b[^\n]*\)/m.test(text)) continue;
    const result = await sys.run([path, 'status'], { timeoutMs: STATUS_MS, env: handEnvironment() }).catch(() => undefined);
    facts[`status ${name}`] = result === undefined || result.timedOut ? 'no answer' : `${result.code ?? result.signal}`;
  }
  return facts;
}
