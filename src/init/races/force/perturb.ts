/** What every restore of one snapshot would repeat, made different by a seed: process numbers, the random state, the clock. */
import type { Sys } from '../../../sys/sys.ts';
import { pidOfSeed } from '../trial/lottery.ts';
import type { Trial } from '../trial/trial.ts';

const STEP_MS = 10_000;
/** The clock goes forward by less than this: no certificate ends, no day passes. */
const MOST_SECONDS = 1800;

/** Never throws. Resolves with what could not be done. `reseed` is the program of the toolbox. */
export async function perturb(sys: Sys, { seed, nextPid }: Trial, reseed: string): Promise<readonly string[]> {
  const faults: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    await work().catch((error: unknown) => faults.push(`${what}: ${error instanceof Error ? error.message : String(error)}`));
  };
  const seconds = Math.floor(sys.wallClock().getTime() / 1000) + (seed % MOST_SECONDS);
  await attempt('clock', () => run(sys, ['busybox', 'date', '-s', `@${seconds}`]));
  // Whoever sets the clock by that of the hardware is to find the same time there.
  await attempt('hardware clock', () => run(sys, ['busybox', 'hwclock', '-w', '-u']));
  await attempt('random', () => run(sys, [reseed, `${seed}`]));
  // Last: what is run for the others takes numbers, too. proc(5): the number before the next one.
  await attempt('pid', () => sys.appendLine('/proc/sys/kernel/ns_last_pid', `${(nextPid ?? pidOfSeed(seed)) - 1}`));
  return faults;
}

async function run(sys: Sys, argv: readonly string[]): Promise<void> {
  const ran = await sys.run(argv, { timeoutMs: STEP_MS });
  if (ran.code !== 0) throw new Error(`${argv.join(' ')}: exit ${ran.code}, ${ran.stderr.trim()}`);
}
