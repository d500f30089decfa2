/** One thing the lint of the plan has to say: where, what, and the smallest edit that mends it. */
import type { Problem } from '../../sys/problem.ts';

/** An `error` makes the exit status of `--check` non-zero, a `warning` is told. */
export type Severity = 'error' | 'warning';

export const rules = [
  'cycle',
  'missing-provider',
  'duplicate-provider',
  'unknown-facility',
  'later-level',
  'later-tier',
  'not-started',
  'too-many-tiers',
  'missing-header',
  'no-stop',
  'all',
  'interactive',
  'run-level',
  'links',
  'header',
] as const;
export type Rule = (typeof rules)[number];

export interface Finding {
  readonly severity: Severity;
  readonly rule: Rule;
  /** The script it is about, or the link. */
  readonly script: string;
  readonly file: string;
  readonly line?: number;
  readonly message: string;
  /** The smallest edit that mends it. */
  readonly mend: string;
  /** More lines below the message: the edges of a cycle. */
  readonly path?: readonly string[];
}

/** `/etc/init.d/a:5: error: cycle: …; mend: …`, as compilers write it, then the path, one line an edge. */
export function formatFinding({ severity, rule, file, line, message, mend, path = [] }: Finding): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return [`${place}: ${severity}: ${rule}: ${message}; mend: ${mend}`, ...path.map((each) => `    ${each}`)].join('\n');
}

/** Errors first, then by place: the same order on every machine. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const weight = ({ severity }: Finding) => (severity === 'error' ? 0 : 1);
  return findings.toSorted(
    (a, b) =>
      weight(a) - weight(b) ||
      compareNames(a.file, b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      compareNames(a.rule, b.rule) ||
      compareNames(a.message, b.message),
  );
}

/** What a reader of headers complained about: told, never fatal. */
export const fromProblem = (script: string, problem: Problem): Finding => ({
  severity: 'warning',
  rule: 'header',
  script,
  file: problem.file,
  ...(problem.line !== undefined && { line: problem.line }),
  message: `${JSON.stringify(problem.value)}: ${problem.message}`,
  mend: problem.accepted,
});

/** Code unit order: the same on every machine, whatever its locale. */
export const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
