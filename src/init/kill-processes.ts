/** Ends everything that still runs, so that nothing holds the root; spares what the way down itself stands on. */

import { readRescueState } from '../sys/boot-state.ts';
import { paths } from '../sys/paths.ts';
import type { ProcessFacts, Sys } from '../sys/sys.ts';

const TERM_MS = 5_000;
const KILL_MS = 2_000;
const POLL_MS = 50;

/**
 * Which processes go: all but PID 1, kernel threads, those in `keep`, the agents and their keepers, the trees below `keepTrees` (rescue),
 * PID 1's shutdown hook, and those whose argv[0] begins with `@` (systemd's ROOT_STORAGE_DAEMONS: they serve the root's storage).
 */
export function planKill(
  processes: readonly ProcessFacts[],
  keep: readonly number[],
  keepTrees: readonly number[],
): readonly ProcessFacts[] {
  const keepers = new Set(processes.filter(({ argv }) => argv.includes(paths.keep)).map(({ pid }) => pid));
  // Their children are the agents, or the sleep between two looks, which would only come again.
  const kept = processes.filter(({ pid, ppid }) => keepers.has(pid) || keepers.has(ppid)).map(({ pid }) => pid);
  const spared = new Set([1, ...keep, ...kept]);
  const hooks = processes.filter(({ argv }) => argv.includes(paths.beforeEnd)).map(({ pid }) => pid);
  const trees = new Set([...keepTrees, ...hooks]);
  const parents = new Map(processes.map(({ pid, ppid }) => [pid, ppid]));
  const inKeptTree = (pid: number): boolean => {
    // Bounded by the number of processes: /proc is read without a lock, so a loop of reused pids is thinkable.
    for (let at: number | undefined = pid, left = processes.length; at !== undefined && at > 1 && left > 0; left--) {
      if (trees.has(at)) return true;
      at = parents.get(at);
    }
    return false;
  };
  return processes.filter(
    ({ pid, kernelThread, argv }) => !kernelThread && !spared.has(pid) && !argv[0]?.startsWith('@') && !inKeptTree(pid),
  );
}

interface KillOptions {
  readonly sessionsToo?: boolean;
  readonly spare?: readonly number[];
}

/**
 * TERM, up to five seconds, KILL. Rescue stays, and its sessions unless `sessionsToo`, and `spare`. Resolves with the names of those that even
 * KILL did not end (blocked in the kernel).
 */
export async function killProcesses(
  sys: Sys,
  own: number,
  { sessionsToo = false, spare = [] }: KillOptions = {},
): Promise<readonly string[]> {
  const rescue = await readRescueState(sys);
  const door = rescue === undefined ? [] : [rescue.pid];
  const left = async () => planKill(await sys.processes(), [own, ...door, ...spare], sessionsToo ? [] : door);
  for (const [signal, waitMs] of [
    ['SIGTERM', TERM_MS],
    ['SIGKILL', KILL_MS],
  ] as const) {
    const victims = await left();
    // A stopped process does not see TERM until it is continued.
    for (const { pid } of victims) if (sys.kill(pid, signal)) sys.kill(pid, 'SIGCONT');
    const deadlineMs = sys.uptimeMs() + waitMs;
    while (sys.uptimeMs() < deadlineMs && (await left()).length > 0) await sys.sleep(POLL_MS);
  }
  return (await left()).map(({ pid, comm }) => `${comm} (pid ${pid})`);
}
