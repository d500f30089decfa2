/** Waits for many script runs at once with one watch on their directory. */
import type { Sys } from '../sys/sys.ts';
import { readClaim, readEnded } from './claims.ts';
import { trimOutputs } from './script-output.ts';
import type { ScriptPaths } from './script-paths.ts';

type Waited =
  | { readonly kind: 'ended'; readonly code: number }
  /** The deadline has passed. */
  | { readonly kind: 'overdue' }
  /** The shell that ran it is gone without a word: somebody killed it. */
  | { readonly kind: 'vanished' }
  /** The signal was aborted. */
  | { readonly kind: 'aborted' };

export interface EndedWatch {
  /** Aborted when no wait is of use any more. */
  readonly signal?: AbortSignal | undefined;
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

/** Aborting the signal ends all waits, those of later calls, too. */
export const watchEnded = (sys: Sys, paths: ScriptPaths, signal = new AbortController().signal): EndedWatch =>
  new Watch(sys, paths, signal);

class Watch implements EndedWatch {
  readonly #waiters = new Map<string, Waiter>();
  readonly #sys: Sys;
  readonly #paths: ScriptPaths;
  readonly #signal: AbortSignal;
  get signal(): AbortSignal {
    return this.#signal;
  }
  #wake = new AbortController();
  #looking = false;
  #checkedMs: number;

  constructor(sys: Sys, paths: ScriptPaths, signal: AbortSignal) {
    this.#sys = sys;
    this.#paths = paths;
    this.#signal = signal;
    this.#checkedMs = sys.uptimeMs();
  }

  until(claim: string, deadlineMs: number): Promise<Waited> {
    return new Promise((resolve, reject) => {
      this.#waiters.set(claim, { deadlineMs, resolve, reject });
      this.#wake.abort();
      if (this.#looking) return;
      this.#looking = true;
      this.#run().catch((error: unknown) => this.#fail(error));
    });
  }

  async #run(): Promise<void> {
    while (this.#waiters.size > 0) {
      this.#wake = new AbortController();
      const deadlineMs = Math.min(...[...this.#waiters.values()].map((waiter) => waiter.deadlineMs));
      const waitMs = Math.max(1, Math.min(TICK_MS, deadlineMs - this.#sys.uptimeMs()));
      // The watch stands before the look, so that no end falls between the two.
      const change = this.#sys.waitForChange(this.#paths.scripts, waitMs, AbortSignal.any([this.#wake.signal, this.#signal]));
      const before = this.#waiters.size;
      await this.#look();
      if (this.#waiters.size < before) this.#wake.abort();
      await change;
    }
    this.#looking = false;
  }

  async #look(): Promise<void> {
    const ended = await readEnded(this.#sys, this.#paths);
    for (const claim of [...this.#waiters.keys()]) {
      const code = ended.get(claim);
      if (code !== undefined) this.#settle(claim, { kind: 'ended', code });
      else if (this.#signal.aborted) this.#settle(claim, { kind: 'aborted' });
    }
    const nowMs = this.#sys.uptimeMs();
    if (nowMs - this.#checkedMs >= CHECK_MS) {
      this.#checkedMs = nowMs;
      await this.#check();
    }
    for (const [claim, { deadlineMs }] of [...this.#waiters]) if (nowMs >= deadlineMs) this.#settle(claim, { kind: 'overdue' });
  }

  async #check(): Promise<void> {
    await trimOutputs(this.#sys, this.#paths);
    for (const claim of [...this.#waiters.keys()]) {
      if (await hasVanished(this.#sys, this.#paths, claim)) this.#settle(claim, { kind: 'vanished' });
    }
  }

  #settle(claim: string, waited: Waited): void {
    this.#waiters.get(claim)?.resolve(waited);
    this.#waiters.delete(claim);
  }

  #fail(error: unknown): void {
    this.#looking = false;
    for (const { reject } of this.#waiters.values()) reject(error);
    this.#waiters.clear();
  }
}

async function hasVanished(sys: Sys, paths: ScriptPaths, claim: string): Promise<boolean> {
  const runner = await readClaim(sys, paths, claim);
  if (runner?.pid === undefined) return false;
  const stat = (await sys.readText(`/proc/${runner.pid}/stat`).catch(() => undefined)) ?? '';
  const alive = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) === runner.startTicks;
  // It writes its last line before it goes: look for that line after the look at the process.
  return !alive && !(await readEnded(sys, paths)).has(claim);
}
