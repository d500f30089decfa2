/** Reboot and power-off travel as an `Ending` up to `main`, and only `main` calls this. */
import type { EndingKind } from '../sys/boot-state.ts';

import { paths } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';

/** Those that PID 1 knows. */
export type RealEnding = Exclude<EndingKind, 'soft-reboot'>;

/** busybox init(8): the signals by which PID 1 ends the machine. */
export const endingSignals: Readonly<Record<RealEnding, NodeJS.Signals>> = { reboot: 'SIGTERM', poweroff: 'SIGUSR2', halt: 'SIGUSR1' };

/** Marks the way down as done, so that PID 1's shutdown hook has nothing left to do, and tells PID 1. */
export async function endMachine(sys: Sys, kind: RealEnding): Promise<void> {
  // Without the mark PID 1's hook looks once more: slower, but no harm.
  await sys.writeAtomic(paths.downDone, `${kind}\n`).catch(() => undefined);
  sys.console(`lifeboot ${(sys.uptimeMs() / 1000).toFixed(2)} boot end: ${kind}`);
  sys.kill(1, endingSignals[kind]);
}
