/** What an operator sees on logging in: the state of the boot, where the root is, and the words that steer it. */
import type { BootState } from '../../sys/boot-state.ts';
import { SYSROOT } from '../../sys/paths.ts';
import { formatStatus, row, type StatusFacts } from '../../sys/status-text.ts';

/** The banner of an interactive session, with the line ends of a terminal. The choices of a hold come from the hold itself. */
export function formatBanner(facts: StatusFacts): string {
  return [
    '',
    ...formatStatus(facts).split('\n'),
    row('root', whereRootIs(facts.boot)),
    row('commands', nextWords(facts.boot)),
    '',
    '',
  ].join('\r\n');
}

/** Told from the phases that are done, without a look at the disk. */
export function whereRootIs(boot: BootState | undefined): string {
  const isDone = (phase: string) => boot?.phases.some(({ name, status }) => name === phase && status === 'done') ?? false;
  if (isDone('leave-root')) return 'unmounted: the machine is about to end';
  if (isDone('enter-root')) return 'entered: / is the machine itself';
  if (isDone('mount-root')) return `at ${SYSROOT}, read-write; / is the toolbox`;
  if (isDone('release-root')) return 'unmounted: it can be checked; / is the toolbox';
  return `at ${SYSROOT}, read-only; / is the toolbox`;
}

/** Those that make sense now; TAB knows the rest. */
function nextWords(boot: BootState | undefined): string {
  const more = '(lifeboot help tells more, TAB completes)';
  if (boot?.ending !== undefined) return `lifeboot status ${more}`;
  if (boot?.hold !== undefined) return `lifeboot retry | continue | skip | reboot | poweroff ${more}`;
  return `lifeboot status | report | reboot | poweroff ${more}`;
}
