/** Faults in what people wrote: configuration, kernel options, headers, fstab. Told once, kept, never fatal. */
import { emit } from '../sys/events.ts';
import { formatProblem, type Problem } from '../sys/problem.ts';
import type { BootContext } from './boot-context.ts';

/** Told on the console once in a boot, and kept in the state for `lifeboot status`. */
export async function tellProblem({ sys, store }: Pick<BootContext, 'sys' | 'store'>, problem: Problem): Promise<void> {
  const report = formatProblem(problem);
  if (store.current().problems.includes(report)) return;
  await store.update((state) => ({ ...state, problems: [...state.problems, report] }));
  await emit(sys, { subject: 'config', name: 'problem', what: 'found', detail: report });
}
