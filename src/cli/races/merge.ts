/** `lifeboot races merge`: the reports of several shards as one. */
import { parseArgs } from 'node:util';
import type { RaceReport } from '../../init/races/report/finding.ts';
import { DifferentImages, mergeReports } from '../../init/races/report/merge-reports.ts';
import { createLinuxSys } from '../../sys/linux.ts';
import { safeJson } from '../../sys/safe-json.ts';
import { UsageError } from '../usage-error.ts';
import { NOT_JUDGED, printableLine, putOut, readReport } from './read-report.ts';

export async function merge(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: { output: { type: 'string' } }, allowPositionals: true });
  if (positionals.length === 0) throw new UsageError('the reports are wanted: FILE...');
  const sys = createLinuxSys();
  const reports: RaceReport[] = [];
  for (const file of positionals) {
    const report = await readReport(sys, file);
    if (report === undefined) return NOT_JUDGED;
    reports.push(report);
  }
  try {
    await putOut(sys, `${safeJson(mergeReports(reports), 2)}\n`, values.output);
    return 0;
  } catch (error) {
    if (!(error instanceof DifferentImages)) throw error;
    process.stderr.write(`lifeboot: ${printableLine(error.message)}: only reports of one image can be merged\n`);
    return NOT_JUDGED;
  }
}
