/** What a program of the toolbox lists, line by line, however much it is. */
import type { Sys } from '../../../sys/sys.ts';

const LIST_MS = 120_000;

/** Standard output and standard error together; empty when the program cannot be run. */
export async function listLines(sys: Sys, argv: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  await sys.run(argv, { timeoutMs: LIST_MS, onLine: (line) => void lines.push(line) }).catch(() => undefined);
  return lines;
}

/**
 * The same of several commands of the shell, by name: a program that is started by us takes longer than what most of these do. `busybox` is
 * that of the toolbox.
 */
export async function listSections(
  sys: Sys,
  busybox: string,
  commands: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const script = Object.entries(commands).map(([name, command]) => `echo '${MARK}${name}'; ${command}`);
  const sections = new Map<string, string[]>(Object.keys(commands).map((name) => [name, []]));
  let section: string[] = [];
  for (const line of await listLines(sys, [busybox, 'sh', '-c', `exec 2>/dev/null\n${script.join('\n')}`])) {
    if (line.startsWith(MARK)) section = sections.get(line.slice(MARK.length)) ?? [];
    else section.push(line);
  }
  return sections;
}

/** No line of a program begins with it. */
const MARK = '\u0001lifeboot ';

/** Facts that are not as they were before; `gone` for those that are no more. */
export function changedFacts(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): Record<string, string> {
  const changed = Object.entries(now).filter(([fact, value]) => before[fact] !== value);
  const gone = Object.keys(before).filter((fact) => now[fact] === undefined);
  return Object.fromEntries([...changed, ...gone.map((fact) => [fact, 'gone'] as const)]);
}
