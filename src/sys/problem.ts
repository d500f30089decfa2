/** A fault in something a person wrote: config file, kernel option, header, key. Reported, survived, never fatal. */

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

/** `lifeboot.toml:3: rescue.port = 99999: must be …; accepted: …`: names file, line, value and the way out. */
export function formatProblem(problem: Problem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`;
  return `${place}: ${JSON.stringify(problem.value)}: ${problem.message}; accepted: ${problem.accepted}`;
}
