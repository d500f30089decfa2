/** Virtual time: it moves when somebody sleeps and nothing else is left to do, or by `advance`. Never waits in real time. */

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

/** So many wakes in one test mean a loop that nothing ends. */
const MAX_WAKES = 100_000;

export class FakeClock {
  nowMs: number;
  /** Turned off, only `advance` moves time. */
  auto = true;
  readonly #sleepers = new Set<Sleeper>();
  #wakes = 0;
  #pumping = false;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** How many sleep at this moment: what a test of released timers looks at. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Resolves after `ms` of virtual time, or as soon as `signal` aborts; true when the time is what ended it. */
  sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return Promise.resolve(false);
    if (this.#wakes >= MAX_WAKES) return Promise.reject(new Error(`FakeClock: ${MAX_WAKES} wakes: nothing ends this loop`));
    return new Promise((resolve) => {
      const onAbort = () => {
        this.#sleepers.delete(sleeper);
        resolve(false);
      };
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', onAbort);
        resolve(true);
      };
      const sleeper: Sleeper = { atMs: this.nowMs + Math.max(0, ms), wake };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.add(sleeper);
      this.#pump();
    });
  }

  /** Moves time on by `ms`, waking the sleepers in order; what they do in between runs before the next one wakes. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.atMs <= untilMs; next = this.#next()) {
      this.#wake(next);
      await settle();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  #next(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) if (first === undefined || sleeper.atMs < first.atMs) first = sleeper;
    return first;
  }

  #wake(sleeper: Sleeper): void {
    this.#wakes += 1;
    this.nowMs = Math.max(this.nowMs, sleeper.atMs);
    sleeper.wake();
  }

  #pump(): void {
    if (!this.auto || this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      const next = this.auto ? this.#next() : undefined;
      if (next === undefined || next.atMs === Number.POSITIVE_INFINITY) return;
      this.#wake(next);
      if (this.#sleepers.size > 0) this.#pump();
    });
  }
}

/** Lets everything that can go on without time passing do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
