/** Who is to keep well after the boot: found once, when the boot is over, and kept in the state. */
import type { DaemonState, HealthState, ScriptState } from '../../sys/boot-state.ts';
import type { Sys } from '../../sys/sys.ts';
import { claimName, readClaim } from '../claims.ts';
import type { InitScript } from '../init-script.ts';
import { processesOf } from '../processes/script-processes.ts';
import { sessionPids } from '../processes/session.ts';
import type { ScriptPaths } from '../script-paths.ts';
import { newDaemon } from './daemon-state.ts';
import type { HealthProbe } from './probe.ts';

export interface BootOutcome {
  readonly rows: readonly ScriptState[];
  readonly health: readonly HealthState[];
}

/** Kinds of check that only somebody who is there can pass. */
const serving: readonly HealthProbe['kind'][] = ['tcp', 'udp', 'unix', 'http', 'ssh-banner', 'pidfile', 'process'];
/** What ran: it may have left something even when it failed. */
const ran: readonly ScriptState['status'][] = ['started', 'failed', 'timed-out'];

/** In the order of the plan. A script without a check is watched when it left a daemon, by its pid file or by its processes. */
export async function findDaemons(
  sys: Sys,
  paths: ScriptPaths,
  scripts: readonly InitScript[],
  boot: BootOutcome,
): Promise<readonly DaemonState[]> {
  const candidates = scripts.filter(
    ({ name, skip }) => skip === undefined && boot.rows.some((row) => row.name === name && ran.includes(row.status)),
  );
  const pidFiles = await readPidFiles(sys);
  const daemons: DaemonState[] = [];
  for (const script of candidates) daemons.push(...(await findDaemon(sys, paths, script, { boot, pidFiles })));
  return daemons;
}

async function findDaemon(
  sys: Sys,
  paths: ScriptPaths,
  { name, header }: InitScript,
  { boot, pidFiles }: { readonly boot: BootOutcome; readonly pidFiles: ReadonlyMap<number, string> },
): Promise<readonly DaemonState[]> {
  const nowMs = sys.uptimeMs();
  const checks = header.healthChecks;
  if (checks.length > 0) {
    const isServing = checks.some(({ probe }) => serving.includes(probe.kind));
    const left = isServing || (await leftDaemons(sys, paths, name)).length > 0;
    const bad = boot.health.some(({ script, healthy }) => script === name && !healthy);
    const daemon = newDaemon(name, left ? 'daemon' : 'oneshot', nowMs);
    return [bad || !boot.health.some(({ script }) => script === name) ? daemon : { ...daemon, health: 'healthy' }];
  }
  const left = await leftDaemons(sys, paths, name);
  if (left.length === 0) return [];
  const file = left.map((pid) => pidFiles.get(pid)).find((path) => path !== undefined);
  return [{ ...newDaemon(name, 'daemon', nowMs), health: 'healthy', check: file === undefined ? 'process' : `pidfile:${file}` }];
}

/** Its processes outside the session of its run: a job that is merely in the background may end, and nothing is wrong. */
async function leftDaemons(sys: Sys, paths: ScriptPaths, script: string): Promise<readonly number[]> {
  const left = (await processesOf(sys, paths, script)).map(({ pid }) => pid);
  const claim = left.length === 0 ? undefined : await readClaim(sys, paths, claimName(script, 'start'));
  if (claim?.pid === undefined) return left;
  const inSession = await sessionPids(sys, await sys.processes(), [claim.pid]);
  return left.filter((pid) => !inSession.has(pid));
}

/** Files of /run that hold one number, by that number. */
async function readPidFiles(sys: Sys): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  const read = async (path: string): Promise<void> => {
    const pid = Number(/^\s*(\d+)\s*$/.exec((await sys.readText(path).catch(() => undefined)) ?? '')?.[1]);
    if (pid > 1 && !found.has(pid)) found.set(pid, path);
  };
  const isPidFile = (name: string): boolean => name.endsWith('.pid') || name === 'pid';
  for (const name of (await sys.listDir('/run').catch(() => undefined)) ?? []) {
    const path = `/run/${name}`;
    if (isPidFile(name)) await read(path);
    else if ((await sys.facts(path).catch(() => undefined))?.kind === 'directory' && name !== 'lifeboot') {
      for (const inner of ((await sys.listDir(path).catch(() => undefined)) ?? []).filter(isPidFile)) await read(`${path}/${inner}`);
    }
  }
  return found;
}
