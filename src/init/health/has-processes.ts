/** Whether a script has left processes: the cheap question, asked again and again. */
import type { Sys } from '../../sys/sys.ts';
import { isPopulated } from '../processes/cgroup.ts';
import { processesOf } from '../processes/script-processes.ts';
import type { ScriptPaths } from '../script-paths.ts';

/** One small file where the kernel counts for us; without a cgroup, all of /proc is looked through. */
export async function hasProcesses(sys: Sys, paths: ScriptPaths, script: string): Promise<boolean> {
  return (await isPopulated(sys, paths, script)) ?? (await processesOf(sys, paths, script)).length > 0;
}
