/** How long a check has said nothing: one that still moves has all the time it needs, one that does not is ended. */
import type { Sys } from '../../sys/sys.ts';

/** Aborts when nothing has been heard for so long. */
export class Silence implements Disposable {
  readonly #over = new AbortController();
  readonly #long = new AbortController();
  readonly #sys: Sys;
  #heardMs: number;

  constructor(sys: Sys, ms: number) {
    this.#sys = sys;
    this.#heardMs = sys.uptimeMs();
    void this.#listen(ms);
  }

  get signal(): AbortSignal {
    return this.#long.signal;
  }

  broken(): void {
    this.#heardMs = this.#sys.uptimeMs();
  }

  [Symbol.dispose](): void {
    this.#over.abort();
  }

  async #listen(ms: number): Promise<void> {
    while (!this.#over.signal.aborted) {
      const leftMs = this.#heardMs + ms - this.#sys.uptimeMs();
      if (leftMs <= 0) return this.#long.abort();
      await this.#sys.sleep(leftMs, this.#over.signal);
    }
  }
}
