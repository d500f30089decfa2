/** Waits for many script runs at once with one watch on their directory. */
import type { Sys } from '../sys/sys.ts';
import { readClaim, readEnded } from './claims.ts';
import { trimOutputs } from './script-output.ts';
import type { ScriptPaths } from './script-paths.ts';

export type Waited =
  | { readonly kind: 'ended'; readonly code: number }
  /** The deadline has passed. */
  | { readonly kind: 'overdue' }
  /** The shell that ran it is gone without a word: somebody killed it. */
  | { readonly kind: 'vanished' }
  /** The signal was aborted. */
  | { readonly kind: 'aborted' };

export interface EndedWatch {
  /** Resolves when the run has ended, or with the first thing that ends the wait. `deadlineMs` counts from kernel start. */
  until(claim: string, deadlineMs: number): Promise<Waited>;
}

interface Waiter {
  readonly deadlineMs: number;
  readonly resolve: (waited: Waited) => void;
  readonly reject: (error: unknown) => void;
}

/** A change may go unnoticed on a filesystem without inotify; then this is how long an end stays unseen. */
const TICK_MS = 1000;
/** How often to look for runs that ended without a word, and for outputs that grew too large. */
const CHECK_MS = 5000;

export function watchEnded(sys: Sys, paths: ScriptPaths, signal?: AbortSignal): EndedWatch {
  const waiters = new Map<string, Waiter>();
  let wake = new AbortController();
  let looking = false;
  let checkedMs = sys.uptimeMs();

  const settle = (claim: string, waited: Waited): void => {
    waiters.get(claim)?.resolve(waited);
    waiters.delete(claim);
  };

  async function look(): Promise<void> {
    const ended = await readEnded(sys, paths);
    for (const claim of [...waiters.keys()]) {
      const code = ended.get(claim);
      if (code !== undefined) settle(claim, { kind: 'ended', code });
      else if (signal?.aborted) settle(claim, { kind: 'aborted' });
    }
    const nowMs = sys.uptimeMs();
    if (nowMs - checkedMs >= CHECK_MS) {
      checkedMs = nowMs;
      await trimOutputs(sys, paths);
      for (const claim of [...waiters.keys()]) if (await hasVanished(sys, paths, claim)) settle(claim, { kind: 'vanished' });
    }
    for (const [claim, { deadlineMs }] of [...waiters]) if (nowMs >= deadlineMs) settle(claim, { kind: 'overdue' });
  }

  async function run(): Promise<void> {
    while (waiters.size > 0) {
      wake = new AbortController();
      const nextMs = Math.min(...[...waiters.values()].map(({ deadlineMs }) => deadlineMs)) - sys.uptimeMs();
      // The watch stands before the look, so that no end falls between the two.
      const change = sys.waitForChange(
        paths.scripts,
        Math.max(1, Math.min(TICK_MS, nextMs)),
        signal ? AbortSignal.any([wake.signal, signal]) : wake.signal,
      );
      const before = waiters.size;
      await look();
      if (waiters.size < before) wake.abort();
      await change;
    }
    looking = false;
  }

  function fail(error: unknown): void {
    looking = false;
    for (const { reject } of waiters.values()) reject(error);
    waiters.clear();
  }

  return {
    until(claim, deadlineMs) {
      return new Promise((resolve, reject) => {
        waiters.set(claim, { deadlineMs, resolve, reject });
        wake.abort();
        if (looking) return;
        looking = true;
        run().catch(fail);
      });
    },
  };
}

async function hasVanished(sys: Sys, paths: ScriptPaths, claim: string): Promise<boolean> {
  const runner = await readClaim(sys, paths, claim);
  if (runner?.pid === undefined) return false;
  const stat = (await sys.readText(`/proc/${runner.pid}/stat`).catch(() => undefined)) ?? '';
  const alive = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) === runner.startTicks;
  // It writes its last line before it goes: look for that line after the look at the process.
  return !alive && !(await readEnded(sys, paths)).has(claim);
}
