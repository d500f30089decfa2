/** Phase release-root: unmounts the old root and everything below it, so that it can be checked while nobody uses it. */
import { emit } from '../sys/events.ts';
import { type Mount, readMounts, unmountOrder } from '../sys/mountinfo.ts';
import { SYSROOT } from '../sys/paths.ts';
import { done, held, type PhaseResult } from '../sys/phase-result.ts';
import type { Ran, Sys } from '../sys/sys.ts';
import { isApiMount } from './api-mounts.ts';
import { adviseHolders, findHolders, formatHolder, type NamedHolder } from './name-holders.ts';
import { busybox, evidenceOf, runStep } from './step.ts';

const DEADLINE_MS = 10_000;
const RETRY_MS = 200;

export interface ReleaseOptions {
  /** How long a holder may take to go away by itself. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** Releases the root. Held, with the holders named, when it stays busy. Already released is done. */
export async function releaseRoot(sys: Sys, { deadlineMs = DEADLINE_MS, signal }: ReleaseOptions = {}): Promise<PhaseResult> {
  const endMs = sys.uptimeMs() + deadlineMs;
  let told = false;
  for (;;) {
    const order = unmountOrder(await readMounts(sys), SYSROOT);
    if (order.length === 0) return done(told ? `${SYSROOT} is free now` : undefined);
    const ran = await unmountAll(sys, order, endMs);
    const left = unmountOrder(await readMounts(sys), SYSROOT);
    if (left.length === 0) continue;
    if (sys.uptimeMs() >= endMs || signal?.aborted) return stillBusy(left, ran, await holdersOf(sys, left));
    if (!told) await tellWaiting(sys, await holdersOf(sys, left), deadlineMs);
    told = true;
    await sys.sleep(RETRY_MS, signal);
  }
}

/** Undefined when nothing is mounted at `/sysroot` any more. */
export async function verifyReleased(sys: Sys): Promise<string | undefined> {
  const left = unmountOrder(await readMounts(sys), SYSROOT);
  return left.length === 0 ? undefined : `still mounted: ${left.map((mount) => mount.mountPoint).join(' ')}`;
}

/** One umount for all. Kernel interfaces that stay busy are detached: nothing on a disk hangs on them. */
async function unmountAll(sys: Sys, order: readonly Mount[], endMs: number): Promise<Ran> {
  const timeoutMs = Math.max(1000, endMs - sys.uptimeMs());
  const ran = await runStep(sys, busybox(['umount', ...pathsOf(order)]), timeoutMs);
  if (ran.code === 0) return ran;
  const detachable = unmountOrder(await readMounts(sys), SYSROOT).filter(isApiMount);
  if (detachable.length > 0) await runStep(sys, busybox(['umount', '-l', ...pathsOf(detachable)]), timeoutMs);
  return ran;
}

const pathsOf = (mounts: readonly Mount[]): readonly string[] => mounts.map((mount) => mount.mountPoint);

const holdersOf = (sys: Sys, mounts: readonly Mount[]) => findHolders(sys, [...new Set(pathsOf(mounts))]);

function tellWaiting(sys: Sys, holders: readonly NamedHolder[], deadlineMs: number): Promise<void> {
  const who = holders.length === 0 ? 'nobody found' : holders.map(formatHolder).join('; ');
  const detail = `busy, waiting up to ${deadlineMs / 1000} s: ${who}`;
  return emit(sys, { subject: 'phase', name: 'release-root', what: 'waiting', detail, data: { holders } });
}

function stillBusy(left: readonly Mount[], ran: Ran, holders: readonly NamedHolder[]): PhaseResult {
  const reason = `cannot release the root: ${pathsOf(left).join(' ')} ${left.length === 1 ? 'is' : 'are'} busy`;
  const named = holders.map(formatHolder);
  return held(reason, named.length > 0 ? named : ['no process was found that holds it', ...evidenceOf(ran)], adviseHolders(holders));
}
