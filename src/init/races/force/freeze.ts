/** Lets what a script has left running stand still, and go on: cgroup.freeze of cgroups(7), which no process of the group can notice. */
import type { Sys } from '../../../sys/sys.ts';
import { cgroupOf, isPopulated } from '../../processes/cgroup.ts';
import type { ScriptPaths } from '../../script-paths.ts';

export interface Frozen {
  /** Lets it go on. False when it had to be let go on before, because its time was over. */
  thaw(): Promise<boolean>;
}

/** Undefined when nothing of the script is there to stand still. */
export async function freeze(sys: Sys, paths: ScriptPaths, script: string, timeoutMs: number): Promise<Frozen | undefined> {
  if (!(await isPopulated(sys, paths, script))) return undefined;
  const file = `${cgroupOf(paths, script)}/cgroup.freeze`;
  await sys.appendLine(file, '1');
  const end = new AbortController();
  let isLate = false;
  const late = sys.sleep(timeoutMs, end.signal).then(async () => {
    if (end.signal.aborted) return;
    isLate = true;
    await sys.appendLine(file, '0');
  });
  return {
    async thaw() {
      end.abort();
      await late;
      if (!isLate) await sys.appendLine(file, '0');
      return !isLate;
    },
  };
}
