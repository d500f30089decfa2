/** Progress of long steps: one rewritten line on a terminal, a plain line now and then elsewhere. */

export interface Progress {
  /** Replaces what is shown: `unpacking 120/246 (48 %)`. */
  update(detail: string): void;
  /** Ends the step with what came of it. */
  done(detail?: string): void;
}

/** Starts to show one step. Elapsed time is added by itself. */
export type ShowProgress = (what: string) => Progress;

const PLAIN_EVERY_MS = 10_000;

/** `output` is a terminal or not; without one a step prints at its first news, every ten seconds and at its end. */
export function progressOn(output: NodeJS.WriteStream): ShowProgress {
  return (what) => {
    const startedMs = performance.now();
    const elapsed = () => `${((performance.now() - startedMs) / 1000).toFixed(0)} s`;
    let printedMs = startedMs;
    let said = false;
    return {
      update(detail) {
        if (output.isTTY) output.write(`\r\x1b[K${what}: ${detail}, ${elapsed()}`.slice(0, (output.columns ?? 80) + 3));
        else if (!said || performance.now() - printedMs >= PLAIN_EVERY_MS) {
          said = true;
          printedMs = performance.now();
          output.write(`${what}: ${detail}, ${elapsed()}\n`);
        }
      },
      done(detail = 'done') {
        output.write(`${output.isTTY ? '\r\x1b[K' : ''}${what}: ${detail} (${elapsed()})\n`);
      },
    };
  };
}

/** `120/246 (48 %)`. */
export const ofTotal = (count: number, total: number): string =>
  total > 0 ? `${count}/${total} (${Math.floor((100 * count) / total)} %)` : `${count}`;
