/** Which processes the way down never ends, whatever they hold. */
import { readRescueState } from '../sys/boot-state.ts';
import { treeOf } from '../sys/process-tree.ts';
import type { Sys } from '../sys/sys.ts';

/**
 * PID 1, the agent, kernel threads, rescue with everything below it, what the caller names, and processes whose argv[0] begins
 * with `@` (systemd's ROOT_STORAGE_DAEMONS convention: they serve the storage that the root is on).
 */
export async function sparedPids(sys: Sys, also: readonly number[] = []): Promise<ReadonlySet<number>> {
  const processes = await sys.processes();
  const rescue = await readRescueState(sys);
  const trees = rescue === undefined ? [] : treeOf(processes, rescue.pid);
  const storage = processes.filter(({ argv, kernelThread }) => kernelThread || argv[0]?.startsWith('@')).map(({ pid }) => pid);
  return new Set([0, 1, process.pid, ...also, ...trees, ...storage]);
}
