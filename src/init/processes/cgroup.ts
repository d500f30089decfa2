/** cgroups(7), version 2: a group for each initscript, so that whatever it leaves running is known as its own. No controller is used. */
import type { Sys } from '../../sys/sys.ts';
import type { ScriptPaths } from '../script-paths.ts';

/** A daemon may divide its group further; so deep is looked. */
const MAX_DEPTH = 8;

/** The group of a script. Without `cgroup.procs` in it there is none: the kernel has no version 2, or it is not mounted. */
export const cgroupOf = ({ cgroups }: ScriptPaths, script: string): string => `${cgroups}/${script}`;

/** Makes the group before the script runs; its processes get into it by themselves: see run-script. Never throws: scripts run without, too. */
export async function makeCgroup(sys: Sys, paths: ScriptPaths, script: string): Promise<void> {
  if (script === '.' || script === '..') return;
  try {
    if ((await sys.facts(`${paths.cgroups}/cgroup.procs`)) !== undefined) await sys.makeDir(cgroupOf(paths, script));
  } catch {
    // A kernel that has no more groups to give.
  }
}

/** All processes of the group and of those below it; zombies are not among them. Undefined without such a group. */
export async function cgroupPids(sys: Sys, paths: ScriptPaths, script: string): Promise<readonly number[] | undefined> {
  const group = cgroupOf(paths, script);
  const own = await sys.readText(`${group}/cgroup.procs`).catch(() => undefined);
  return own === undefined ? undefined : [...parsePids(own), ...(await pidsBelow(sys, group, MAX_DEPTH))];
}

/** Whether a process is in it, read from one small file. Undefined without such a group. */
export async function isPopulated(sys: Sys, paths: ScriptPaths, script: string): Promise<boolean | undefined> {
  const events = await sys.readText(`${cgroupOf(paths, script)}/cgroup.events`).catch(() => undefined);
  return events === undefined ? undefined : /^populated 1$/m.test(events);
}

/** KILL to all of it at once, so that no fork escapes. False without a group, and before Linux 5.14. */
export async function killCgroup(sys: Sys, paths: ScriptPaths, script: string): Promise<boolean> {
  const file = `${cgroupOf(paths, script)}/cgroup.kill`;
  try {
    if ((await sys.facts(file)) === undefined) return false;
    await sys.appendLine(file, '1');
    return true;
  } catch {
    return false;
  }
}

/** Gives an empty group back to the kernel; one that is in use stays. */
export async function removeCgroup(sys: Sys, paths: ScriptPaths, script: string): Promise<void> {
  if ((await isPopulated(sys, paths, script)) === false) await sys.remove(cgroupOf(paths, script)).catch(() => undefined);
}

async function pidsBelow(sys: Sys, group: string, depth: number): Promise<readonly number[]> {
  if (depth === 0) return [];
  const found: number[] = [];
  for (const name of (await sys.listDir(group).catch(() => undefined)) ?? []) {
    // The kernel's own files are `cgroup.…`, `cpu.…`, `memory.…`; a group may be called that, too.
    const below = `${group}/${name}`;
    if ((await sys.facts(below).catch(() => undefined))?.kind !== 'directory') continue;
    found.push(...parsePids((await sys.readText(`${below}/cgroup.procs`).catch(() => undefined)) ?? ''));
    found.push(...(await pidsBelow(sys, below, depth - 1)));
  }
  return found;
}

/** A process of another pid namespace reads as 0. */
const parsePids = (text: string): readonly number[] =>
  text
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0);
