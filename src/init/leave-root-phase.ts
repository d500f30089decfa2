/** Phase leave-root, and `lifeboot leave-root`, which does the same at the very end of a machine that another init has. */
import { leaveRoot } from '../fsck/leave-root.ts';
import { closeStorage } from '../fsck/storage/close-storage.ts';
import { emit } from '../sys/events.ts';
import { paths } from '../sys/paths.ts';
import type { PhaseResult } from '../sys/phase-result.ts';
import { readRootFacts } from '../sys/root-facts.ts';
import type { Sys } from '../sys/sys.ts';
import { accountShutdown } from './accounting/account.ts';
import type { BootContext } from './boot-context.ts';
import { killProcesses } from './kill-processes.ts';

/** For all of it. */
export const LEAVE_MS = 300_000;
const KEEP_MS = 30_000;

/** Rescue sessions may keep what they have open until nothing else helps; then they go, too, and the door itself stays. */
export async function leaveRootPhase({ sys, operator, signal }: BootContext): Promise<PhaseResult> {
  await keepRecordings(sys);
  await accountShutdown(sys);
  const ending = operator.ending();
  // The session that asked for a soft reboot stays: what it holds is named, not ended.
  if (ending?.kind === 'soft-reboot') return leaveRoot(sys, { signal, clean: true, mayKill: ending.holders !== 'abandon' });
  return leaveForGood(sys, signal);
}

/**
 * Another init has stopped everything and stands on the toolbox again, with its root at `/sysroot`: leaves it, and closes what it lies on.
 * Resolves with 0 when it is left clean.
 */
export async function runLeaveRoot(sys: Sys): Promise<number> {
  const left = await tell(sys, 'leave-root', leaveForGood(sys, AbortSignal.timeout(LEAVE_MS)));
  if (left.kind !== 'done') return 1;
  const { source } = await readRootFacts(sys);
  await tell(sys, 'close-storage', closeStorage(sys, source));
  return 0;
}

async function tell(sys: Sys, name: string, running: Promise<PhaseResult>): Promise<PhaseResult> {
  await emit(sys, { subject: 'phase', name, what: 'started' });
  const result = await running;
  const detail = result.kind === 'done' ? result.detail : result.reason;
  await emit(sys, {
    subject: 'phase',
    name,
    what: result.kind === 'done' ? 'done' : 'failed',
    ...(detail === undefined ? {} : { detail }),
  });
  return result;
}

async function leaveForGood(sys: Sys, signal: AbortSignal): Promise<PhaseResult> {
  const first = await leaveRoot(sys, { signal });
  if (first.kind === 'done') return first;
  await emit(sys, { subject: 'down', name: 'leave-root', what: 'retried', detail: first.reason, data: { evidence: first.evidence } });
  await killProcesses(sys, process.pid, { sessionsToo: true });
  return leaveRoot(sys, { signal });
}

/** What rescue recorded goes to the root while there is one. Nobody there, or a dead disk, is no failure of the way down. */
async function keepRecordings(sys: Sys): Promise<void> {
  await sys.request(paths.rescueControl, { op: 'keep-recordings' }, KEEP_MS).catch(() => undefined);
}
