/** How the rescue process itself lives and dies. */
import type { Sys } from '../sys/sys.ts';

/** The last process that the kernel may kill for want of memory: proc(5), oom_score_adj. */
const NEVER = '-1000';

/** An exception nobody expected is said on the console and ends the process: PID 1 starts it afresh within a second. */
export function guardProcess(sys: Sys): void {
  const die = (error: unknown) => {
    sys.console(`lifeboot rescue: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exit(1);
  };
  process.on('uncaughtException', die).on('unhandledRejection', die);
  // A terminal that goes away, a reader that left: no reason to close the door.
  process.on('SIGHUP', () => undefined).on('SIGPIPE', () => undefined);
  sys
    .appendLine('/proc/self/oom_score_adj', NEVER)
    .catch((error: Error) => sys.console(`lifeboot rescue: oom_score_adj: ${error.message}`));
}

/** Resolves at SIGTERM or SIGINT. */
export function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve()).once('SIGINT', () => resolve());
  });
}
