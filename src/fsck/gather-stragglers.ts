/** After a pivot: processes that were being forked in that very moment, and kept the old root. */
import type { Ran, Sys } from '../sys/sys.ts';
import { busybox, runStep, type Step } from './step.ts';

const ROUNDS = 5;

/** pivot_root(8) into what is mounted at `newRoot`; the old root then lies at `putOld`. The same call the other way round undoes it. */
export const pivot = (newRoot: string, putOld: string): Step => busybox(['pivot_root', '.', putOld.slice(1)], newRoot);

/**
 * Moves every process into the new root after `pivot(newRoot, putOld)`. The kernel moves those on its list of tasks, and puts a child
 * on the list after it has copied its parent's root (fork.c, copy_process): such a child stays in the old root, where nothing is left
 * once the copies of `/run`, `/proc`, `/sys` and `/dev` are detached. A pivot there and back takes it along, so to be called before.
 * Returns the program that failed; undefined when all went well.
 */
export async function gatherStragglers(sys: Sys, newRoot: string, putOld: string): Promise<Ran | undefined> {
  for (let round = 0; round < ROUNDS && (await anyStandsAt(sys, putOld)); round += 1)
    for (const step of [pivot(putOld, newRoot), pivot(newRoot, putOld)]) {
      const ran = await runStep(sys, step);
      if (ran.code !== 0) return ran;
    }
  return undefined;
}

async function anyStandsAt(sys: Sys, root: string): Promise<boolean> {
  const pids = ((await sys.listDir('/proc')) ?? []).filter((name) => /^\d+$/.test(name));
  const roots = await Promise.all(pids.map((pid) => sys.facts(`/proc/${pid}/root`).catch(() => undefined)));
  return roots.some((facts) => facts?.target === root);
}
