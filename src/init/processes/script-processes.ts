/** The processes of an initscript: the script itself while it runs, and the daemons it left. By cgroup, else by session and pid file. */
import type { ProcessFacts, Sys } from '../../sys/sys.ts';
import { MS_PER_TICK, readClaim } from '../claims.ts';
import type { ScriptPaths } from '../script-paths.ts';
import { cgroupPids, killCgroup } from './cgroup.ts';
import { endMembers, type Member, membersOf, sessionPids, treesOf } from './session.ts';

/** `NAME.ACTION` of the boot's own runs, `NAME.ACTION.NUMBER` of those by hand. */
const CLAIM = /^(.+)\.(?:start|stop|restart|reload)(?:\.\d+)?$/;
/** A daemon writes its pid file soon after its start; later than that, the number is another process's by now. */
const PID_FILE_SLACK_MS = 1000;

/**
 * Who of the script lives now; the shell that waits for it (run-script) is not counted. With a cgroup that is all of them, double forks
 * included; without one, what is left of the sessions of its runs, and what its pid files in /run name, with their descendants.
 */
export async function processesOf(sys: Sys, paths: ScriptPaths, script: string): Promise<readonly Member[]> {
  const grouped = await cgroupPids(sys, paths, script);
  const all = await sys.processes(grouped);
  return membersOf(sys, all, new Set(grouped ?? (await pidsWithoutCgroup(sys, paths, script, all))));
}

/** The same, and whoever of the sessions and pid files did not get into the cgroup: for what must not be left behind. */
export async function allProcessesOf(sys: Sys, paths: ScriptPaths, script: string): Promise<readonly Member[]> {
  const grouped = await cgroupPids(sys, paths, script);
  const all = await sys.processes();
  return membersOf(sys, all, new Set([...(grouped ?? []), ...(await pidsWithoutCgroup(sys, paths, script, all))]));
}

/** TERM to all of them, KILL to what is left after `graceMs`. Resolves with those that even KILL did not end: they are stuck in the kernel. */
export function endProcesses(sys: Sys, paths: ScriptPaths, script: string, graceMs: number): Promise<readonly Member[]> {
  return endMembers(sys, { look: () => allProcessesOf(sys, paths, script), graceMs, killAll: () => killCgroup(sys, paths, script) });
}

async function pidsWithoutCgroup(sys: Sys, paths: ScriptPaths, script: string, all: readonly ProcessFacts[]): Promise<readonly number[]> {
  const leaders: number[] = [];
  const claims = ((await sys.listDir(paths.scripts)) ?? []).filter((name) => CLAIM.exec(name)?.[1] === script);
  for (const name of claims) {
    const claim = await readClaim(sys, paths, name);
    const at = all.find(({ pid }) => pid === claim?.pid);
    // A process that took the number of the ended runner leads a session of its own.
    if (claim?.pid !== undefined && (at === undefined || at.startTicks === claim.startTicks)) leaders.push(claim.pid);
  }
  return [...(await sessionPids(sys, all, leaders)), ...(await pidsOfFiles(sys, script, all))];
}

async function pidsOfFiles(sys: Sys, script: string, all: readonly ProcessFacts[]): Promise<ReadonlySet<number>> {
  const named: number[] = [];
  for (const file of [`/run/${script}.pid`, `/run/${script}d.pid`, `/run/${script}/${script}.pid`]) {
    const facts = await sys.facts(file).catch(() => undefined);
    if (facts?.kind !== 'file') continue;
    const writtenMs = sys.uptimeMs() - (sys.wallClock().getTime() - facts.mtimeMs);
    const pid = Number(/^\s*(\d+)\s*$/.exec((await sys.readText(file).catch(() => undefined)) ?? '')?.[1]);
    const process = all.find((each) => each.pid === pid);
    if (process !== undefined && pid > 1 && process.startTicks * MS_PER_TICK <= writtenMs + PID_FILE_SLACK_MS) named.push(pid);
  }
  return treesOf(all, named);
}
