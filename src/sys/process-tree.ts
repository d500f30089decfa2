/** Who descends from whom. */
import type { ProcessFacts } from './sys.ts';

/** A process and all its descendants. */
export function treeOf(processes: readonly ProcessFacts[], top: number): readonly number[] {
  const tree = [top];
  // The list grows while it is walked: each process found brings its children.
  for (const pid of tree) for (const each of processes) if (each.ppid === pid && !tree.includes(each.pid)) tree.push(each.pid);
  return tree;
}
