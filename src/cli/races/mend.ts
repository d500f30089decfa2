/** `lifeboot races mend`: a report with what would end each race, from the headers of the image; or one of these mends applied to a copy of it. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { applyMend } from '../../init/races/mend/apply-mend.ts';
import { readMendImage } from '../../init/races/mend/mend-image.ts';
import { mendReport } from '../../init/races/mend/mend-report.ts';
import type { RaceReport } from '../../init/races/report/finding.ts';
import { createLinuxSys } from '../../sys/linux.ts';
import { safeJson } from '../../sys/safe-json.ts';
import type { Sys } from '../../sys/sys.ts';
import { UsageError } from '../usage-error.ts';
import { NOT_JUDGED, printableLine, putOut, readReport } from './read-report.ts';

const NOT_APPLIED = 1;

export async function mend(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { root: { type: 'string' }, output: { type: 'string' }, apply: { type: 'string' } },
    allowPositionals: true,
  });
  const [file, second] = positionals;
  if (file === undefined || second !== undefined) throw new UsageError('one FILE is wanted: the report');
  if (values.root === undefined) throw new UsageError('--root DIR is wanted: the top of the image');
  if (values.apply !== undefined && values.output !== undefined) throw new UsageError('--apply and --output: one at a time');
  const root = resolve(values.root).replace(/\/$/, '');
  const sys = createLinuxSys();
  const report = await readReport(sys, file);
  if (report === undefined) return NOT_JUDGED;
  if (values.apply !== undefined) return apply(sys, root, report, values.apply);
  await putOut(sys, `${safeJson(mendReport(report, await readMendImage(sys, root)), 2)}\n`, values.output);
  return 0;
}

/** `ID` or `ID:2`: the first mend of the finding, or the second. */
async function apply(sys: Sys, root: string, report: RaceReport, wanted: string): Promise<number> {
  const [, id, number] = /^([0-9a-f]{12})(?::([1-9]))?$/.exec(wanted) ?? [];
  const chosen = report.findings.find((finding) => finding.id === id)?.mends[Number(number ?? 1) - 1];
  if (chosen === undefined)
    throw new UsageError(`--apply ${JSON.stringify(wanted)}: the report has no such mend; accepted: ID or ID:NUMBER`);
  const applied = await applyMend(sys, root, chosen);
  if (applied.kind === 'not-applicable') {
    process.stderr.write(`lifeboot: ${printableLine(`${chosen.summary}: ${applied.why}`)}\n`);
    return NOT_APPLIED;
  }
  const lines = [...applied.files.map((path) => `edited ${path}`), ...applied.links.map((path) => `made ${path}`)];
  process.stdout.write(lines.map((line) => `${printableLine(line)}\n`).join(''));
  return 0;
}
