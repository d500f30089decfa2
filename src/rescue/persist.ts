/** Does what must not fail: tries until it succeeds. */
import { emit } from '../sys/events.ts';
import { type Sys, SysError } from '../sys/sys.ts';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** Resolves with the first success. Each new reason of failure is told once; a busy port or name is asked for every 250 ms. */
export async function persist<T>(sys: Sys, name: string, attempt: () => Promise<T>): Promise<T> {
  let waitMs = FIRST_WAIT_MS;
  let told = '';
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      if (detail !== told) await emit(sys, { subject: 'rescue', name, what: 'failed', detail: `${detail}; trying again` });
      told = detail;
      const busy = error instanceof SysError && error.code === 'EADDRINUSE';
      await sys.sleep(busy ? FIRST_WAIT_MS : waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }
}
