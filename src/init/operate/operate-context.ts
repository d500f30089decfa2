/** What acting by hand needs from the agent. */
import type { BootState } from '../../sys/boot-state.ts';
import type { Tier } from '../init-script.ts';
import type { TierContext } from '../tier-context.ts';
import type { Operations } from './operations.ts';

export interface OperateContext extends Omit<TierContext, 'timeoutMs'> {
  readonly operations: Operations;
  /** Deadlines of scripts whose headers name none. */
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly state: () => BootState;
  /** Changes the state; resolves when the change would survive a crash. */
  readonly change: (change: (state: BootState) => BootState) => Promise<void>;
  /** As the image's links are now: packages come and go. */
  readonly tiersNow: () => Promise<readonly Tier[]>;
}
