/** Runs the collectors, all within one deadline: a disk that does not answer costs its entry and nothing else. */
import { paths } from '../../sys/paths.ts';
import type { Ran, Sys } from '../../sys/sys.ts';
import { fingerprints, redact } from './redact.ts';
import { type Collector, TAIL_BYTES } from './report-plan.ts';

export interface Collected {
  readonly file: string;
  readonly from: string;
  readonly text: string;
  /** Only the end of it is there. */
  readonly cut: boolean;
  /** How many secrets were taken out. */
  readonly leftOut: number;
  /** Why it is not whole: the exit of the program, with its words. */
  readonly fault?: string;
}

const DEADLINE_MS = 10_000;
const AT_ONCE = 16;
/**
 * The shell comes from the toolbox; only its child looks for the program. execve(2) of a file on a dead disk hangs the one who calls it,
 * and Node waits for its own child to have done so.
 */
const RUN = [paths.shell, '-c', 'exec "$@"', 'report'];

/** In the order of the plan. What is optional and absent is left away. Never throws. */
export async function collect(
  sys: Sys,
  plan: readonly Collector[],
  { shell = RUN, deadlineMs = DEADLINE_MS } = {},
): Promise<readonly Collected[]> {
  const found: (Collected | undefined)[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < plan.length; at = next++) {
      const collector = plan[at];
      if (collector !== undefined) found[at] = await collectOne(sys, collector, shell, deadlineMs);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found.filter((entry) => entry !== undefined);
}

async function collectOne(sys: Sys, collector: Collector, shell: readonly string[], timeoutMs: number): Promise<Collected | undefined> {
  const { file, argv, keep, optional } = collector;
  const from = argv.join(' ');
  try {
    const ran = await sys.run([...shell, ...argv], { timeoutMs });
    const fault = faultOf(ran, timeoutMs);
    if (optional === true && isMissing(ran)) return undefined;
    const said = keep === 'fingerprints' ? { text: fingerprints(ran.stdout), leftOut: 0 } : redact(ran.stdout);
    const cut = ran.stdout.length >= (argv[0] === 'tail' ? Number(argv[2]) : TAIL_BYTES * 2);
    return { file, from, ...said, cut, ...(fault === undefined ? {} : { fault }) };
  } catch (error) {
    return { file, from, text: '', cut: false, leftOut: 0, fault: error instanceof Error ? error.message : String(error) };
  }
}

function faultOf({ code, signal, stderr, timedOut }: Ran, timeoutMs: number): string | undefined {
  const words = redact(stderr.trim().slice(-2000)).text;
  if (timedOut) return `gave no answer within ${timeoutMs / 1000} s`;
  if (code === 0) return undefined;
  return `${code === null ? `ended by ${signal}` : `exit ${code}`}${words === '' ? '' : `: ${words}`}`;
}

/** No such file, or no such program (sh(1): 127). */
const isMissing = ({ code, stdout, stderr }: Ran): boolean =>
  stdout === '' && (code === 127 || (code === 1 && /No such file|can't open/.test(stderr)));
