/** A mount operation as data, and running a list of them. */
import { paths } from '../sys/paths.ts';
import { type Held, held } from '../sys/phase-result.ts';
import type { Ran, Sys } from '../sys/sys.ts';

/** One call of a busybox applet. */
export interface Step {
  readonly argv: readonly string[];
  /** Where it is started: pivot_root(8) wants to stand in the new root. */
  readonly cwd?: string;
}

const STEP_MS = 30_000;

/** A step with the toolbox's busybox: static, and under a path that is valid before, between and after the pivots. */
export function busybox(words: readonly string[], cwd?: string): Step {
  return { argv: [paths.busybox, ...words], ...(cwd === undefined ? {} : { cwd }) };
}

export function runStep(sys: Sys, step: Step, timeoutMs = STEP_MS): Promise<Ran> {
  return sys.run(step.argv, { timeoutMs, ...(step.cwd === undefined ? {} : { cwd: step.cwd }) });
}

/** Runs the steps in order up to the first that fails, and returns that one; undefined when all went well. */
export async function runSteps(sys: Sys, steps: readonly Step[]): Promise<Ran | undefined> {
  for (const step of steps) {
    const ran = await runStep(sys, step);
    if (ran.code !== 0) return ran;
  }
  return undefined;
}

/** `exit 1`, `killed by SIGKILL`, `no end within 30 s`. */
function describeExit(ran: Ran): string {
  if (ran.timedOut) return `no end within ${Math.round(ran.durationMs / 1000)} s`;
  return ran.code === null ? `killed by ${ran.signal ?? 'a signal'}` : `exit ${ran.code}`;
}

/** The program's own words, for evidence: what it was, how it ended, what it said. */
export function evidenceOf(ran: Ran, lines = 20): readonly string[] {
  const said = `${ran.stdout}\n${ran.stderr}`.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return [`${ran.argv.join(' ')}: ${describeExit(ran)}`, ...said.slice(-lines)];
}

/** Held on a step that failed: which, how, and its words. */
export function heldStep(what: string, ran: Ran): Held {
  return held(`${what}: ${ran.argv.slice(1).join(' ')}: ${describeExit(ran)}`, evidenceOf(ran));
}
