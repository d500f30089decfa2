/** Rescue comes back even where an init ends all processes without exception, as Debian's killprocs does on the way to single user. */
import { busybox, evidenceOf, runStep } from '../fsck/step.ts';
import { mountAt, readMounts } from '../sys/mountinfo.ts';
import { paths, TOOLBOX } from '../sys/paths.ts';
import { treeOf } from '../sys/process-tree.ts';
import type { Sys } from '../sys/sys.ts';

const HIERARCHY = `${TOOLBOX}/cgroup`;
const GROUP = `${HIERARCHY}/rescue`;
/** namespaces(7); the number is PROC_PID_INIT_INO of the kernel. In a container the kernel would run the program outside. */
const REAL_MACHINE = 'pid:[4026531836]';

/**
 * Puts rescue and its keeper into a control group of their own, in a hierarchy of version 1 that nobody else looks at: cgroups(7),
 * "Cgroups v1 release notification". When the last of them has died, the kernel runs `revive`, whoever PID 1 is.
 */
export async function reviveRescue(sys: Sys, keeper: number): Promise<void> {
  if ((await sys.facts('/proc/self/ns/pid'))?.target !== REAL_MACHINE) return;
  if (mountAt(await readMounts(sys), HIERARCHY) === undefined) {
    await sys.makeDir(HIERARCHY, 0o755);
    const options = `none,name=lifeboot,release_agent=${paths.revive}`;
    const ran = await runStep(sys, busybox(['mount', '-t', 'cgroup', '-o', options, 'lifeboot', HIERARCHY]));
    if (ran.code !== 0) throw new Error(evidenceOf(ran).join('; '));
  }
  await sys.makeDir(GROUP, 0o755);
  await sys.appendLine(`${GROUP}/notify_on_release`, '1');
  for (const pid of treeOf(await sys.processes(), keeper)) await sys.appendLine(`${GROUP}/cgroup.procs`, String(pid));
}
