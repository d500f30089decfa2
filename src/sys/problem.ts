/** A fault in something a person wrote: config file, kernel option, header, key. Reported, survived, never fatal. */
import { paths } from './paths.ts';

export interface Problem {
  /** Where: a path, or `kernel command line`. */
  readonly file: string;
  /** 1-based; absent when the place has no lines. */
  readonly line?: number;
  /** The offending text, as written. */
  readonly value: string;
  /** What is wrong with it. */
  readonly message: string;
  /** What would be accepted, or what is done instead. */
  readonly accepted: string;
}

/** The stage 1 copy of `/etc/lifeboot` is shown as what the person wrote. `lifeboot.toml:3: rescue.port = 99999: must be …; accepted: …`: names file, line, value and the way out. */
export function formatProblem(problem: Problem): string {
  const file = problem.file.replace(paths.rootConfig, paths.etc);
  const place = problem.line === undefined ? file : `${file}:${problem.line}`;
  return `${place}: ${JSON.stringify(problem.value)}: ${problem.message}; accepted: ${problem.accepted}`;
}
