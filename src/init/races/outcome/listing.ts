/** What a program of the toolbox lists, line by line, however much it is. */
import type { Sys } from '../../../sys/sys.ts';

const LIST_MS = 120_000;

/** Standard output and standard error together; empty when the program cannot be run. */
export async function listLines(sys: Sys, argv: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  await sys.run(argv, { timeoutMs: LIST_MS, onLine: (line) => void lines.push(line) }).catch(() => undefined);
  return lines;
}

/** Facts that are not as they were before; `gone` for those that are no more. */
export function changedFacts(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): Record<string, string> {
  const changed = Object.entries(now).filter(([fact, value]) => before[fact] !== value);
  const gone = Object.keys(before).filter((fact) => now[fact] === undefined);
  return Object.fromEntries([...changed, ...gone.map((fact) => [fact, 'gone'] as const)]);
}
