/** What every restore of one snapshot would repeat, made different by a seed: process numbers, the random state, the clock. */
import type { Sys } from '../../../sys/sys.ts';
import { pidOfSeed } from '../trial/lottery.ts';
import type { Trial } from '../trial/trial.ts';

const STEP_MS = 10_000;
/** The clock goes forward by less than this: no certificate ends, no day passes. */
const MOST_SECONDS = 1800;

/** Never throws. Resolves with what could not be done. `reseed` is the program of the toolbox. */
export async function perturb(sys: Sys, trial: Trial, reseed: string): Promise<readonly string[]> {
  const ran = await sys
    .run(['busybox', 'sh', '-c', perturbation(sys.wallClock(), trial, reseed)], { timeoutMs: STEP_MS })
    .catch((error: Error) => error);
  if (ran instanceof Error) return [ran.message];
  return ran.stdout.split('\n').filter((line) => line !== '');
}

/** One shell for all of it: each of them is so short that starting it is what takes the time. It says what could not be done. */
export function perturbation(now: Date, { seed, nextPid }: Trial, reseed: string): string {
  const seconds = Math.floor(now.getTime() / 1000) + (seed % MOST_SECONDS);
  return [
    `busybox date -s @${seconds} >/dev/null || echo clock`,
    // Whoever sets the clock by that of the hardware is to find the same time there.
    'busybox hwclock -w -u || echo hardware clock',
    `${reseed} ${seed} || echo random`,
    // Last: what is run for the others takes numbers, too. proc(5): the number before the next one.
    `echo ${(nextPid ?? pidOfSeed(seed)) - 1} >/proc/sys/kernel/ns_last_pid || echo pid`,
  ].join('\n');
}
