/** What the boot agent answers, for a person. */
import type { Message } from '../sys/sys.ts';

/** Prints it; the exit status is 1 for an error. */
export function report(answer: Message): number {
  const failed = typeof answer['error'] === 'string';
  process[failed ? 'stderr' : 'stdout'].write(`${failed ? 'lifeboot: ' : ''}${String(answer['error'] ?? answer['ok'])}\n`);
  return failed ? 1 : 0;
}
