/** A report file, or words about everything that is wrong with it. */
import type { RaceReport } from '../../init/races/report/finding.ts';
import { parseReport } from '../../init/races/report/report-schema.ts';
import { formatProblem } from '../../sys/problem.ts';
import type { Sys } from '../../sys/sys.ts';

/** Wrong words, and files that are not what they should be: nothing was judged. */
export const NOT_JUDGED = 2;

/** Undefined when it was told on standard error why there is none. Throws SysError when it cannot be read at all. */
export async function readReport(sys: Sys, file: string): Promise<RaceReport | undefined> {
  const text = await sys.readText(file);
  const read = text === undefined ? undefined : parseReport(text, file);
  if (read !== undefined && 'report' in read) return read.report;
  const faults = read === undefined ? [`${file} does not exist`] : read.problems.map(formatProblem);
  process.stderr.write(faults.map((fault) => `lifeboot: ${printableLine(fault)}\n`).join(''));
  return undefined;
}

/** A file steers no terminal. */
export const printableLine = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?');

/** To a file, whose name is then told, or to standard output; resolves when it is out. */
export async function putOut(sys: Sys, text: string, file: string | undefined): Promise<void> {
  if (file !== undefined && file !== '-') await sys.writeAtomic(file, text, 0o644);
  const told = file === undefined || file === '-' ? text : `${file}\n`;
  await new Promise<void>((resolve, reject) => process.stdout.write(told, (error) => (error ? reject(error) : resolve())));
}
