/** One row of the boot table. */
import type { BootState } from '../sys/boot-state.ts';
import type { PhaseResult } from '../sys/phase-result.ts';
import type { BootContext } from './boot-context.ts';

export interface Phase {
  readonly name: string;
  readonly run: (context: BootContext) => Promise<PhaseResult>;
  /** Which boots have this phase; absent: all. */
  readonly when?: (context: BootContext) => boolean;
  /** `hold`: stop here and wait for the operator. `continue`: say so and go on. */
  readonly onFailure: 'hold' | 'continue';
  /** After this the phase counts as failed and is named; what it started is told to stop. */
  readonly timeoutMs: number;
  /** Is the goal of the phase reached by other hands? Undefined when it is, else a sentence why not. */
  readonly verify?: (context: BootContext) => Promise<string | undefined>;
  /** When the phase can go on behind what held it: `continue` and `skip` change the state so, and the phase runs on. */
  readonly pass?: (state: BootState) => BootState;
  /** What leaving the phase undone would mean, for the operator who thinks of `lifeboot skip`. */
  readonly ifSkipped: string;
}
