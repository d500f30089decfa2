/**
 * `lifeboot races mend`: a report with what would end each race, from the headers of the image; or one of these mends applied to a copy
 * of it; or marked as verified, by the report of a re-run of that copy. Exit status 1: it could not be applied, or is not verified.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { applyMend } from '../../init/races/mend/apply-mend.ts';
import { readMendImage } from '../../init/races/mend/mend-image.ts';
import { mendReport } from '../../init/races/mend/mend-report.ts';
import { type MendPlace, type Verified, verifyMend } from '../../init/races/mend/verify-mend.ts';
import type { Mend, RaceReport } from '../../init/races/report/finding.ts';
import { createLinuxSys } from '../../sys/linux.ts';
import { safeJson } from '../../sys/safe-json.ts';
import type { Sys } from '../../sys/sys.ts';
import { UsageError } from '../usage-error.ts';
import { NOT_JUDGED, printableLine, putOut, readReport } from './read-report.ts';

const NOT_APPLIED = 1;
const ID = 'ID or ID:NUMBER';

export async function mend(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      root: { type: 'string' },
      output: { type: 'string' },
      apply: { type: 'string' },
      verify: { type: 'string' },
      rerun: { type: 'string' },
    },
    allowPositionals: true,
  });
  const [file, second] = positionals;
  const { root, output, apply, verify, rerun } = values;
  if (file === undefined || second !== undefined) throw new UsageError('one FILE is wanted: the report');
  if ((verify === undefined) !== (rerun === undefined)) throw new UsageError('--verify ID and --rerun FILE: both, or neither');
  if ((verify === undefined) === (root === undefined))
    throw new UsageError('--root DIR, the top of the image, or --verify ID: one of them');
  if (apply !== undefined && (output !== undefined || verify !== undefined)) throw new UsageError('--apply goes with --root alone');
  const sys = createLinuxSys();
  const report = await readReport(sys, file);
  const again = rerun === undefined ? undefined : await readReport(sys, rerun);
  if (report === undefined || (rerun !== undefined && again === undefined)) return NOT_JUDGED;
  if (verify !== undefined && again !== undefined) return tellVerified(sys, verifyMend(report, readPlace(verify, report), again), output);
  const top = resolve(root ?? '/').replace(/\/$/, '');
  if (apply !== undefined) return applyOne(sys, top, report, apply);
  await putOut(sys, `${safeJson(mendReport(report, await readMendImage(sys, top)), 2)}\n`, output);
  return 0;
}

/** `ID` or `ID:2`: the first mend of the finding, or the second. */
function readPlace(wanted: string, { findings }: RaceReport): MendPlace {
  const [, id = '', number = '1'] = /^([0-9a-f]{12})(?::([1-9]))?$/.exec(wanted) ?? [];
  const place = { id, nth: Number(number) - 1 };
  if (findings.find((finding) => finding.id === id)?.mends[place.nth] !== undefined) return place;
  throw new UsageError(`${JSON.stringify(wanted)}: the report has no such mend; accepted: ${ID}`);
}

async function tellVerified(sys: Sys, answer: Verified, output: string | undefined): Promise<number> {
  if (answer.verified) {
    await putOut(sys, `${safeJson(answer.report, 2)}\n`, output);
    return 0;
  }
  process.stderr.write(answer.reasons.map((reason) => `lifeboot: ${printableLine(reason)}\n`).join(''));
  return NOT_APPLIED;
}

async function applyOne(sys: Sys, root: string, report: RaceReport, wanted: string): Promise<number> {
  const { id, nth } = readPlace(wanted, report);
  const chosen = report.findings.find((finding) => finding.id === id)?.mends[nth] as Mend;
  const applied = await applyMend(sys, root, chosen);
  if (applied.kind === 'not-applicable') {
    process.stderr.write(`lifeboot: ${printableLine(`${chosen.summary}: ${applied.why}`)}\n`);
    return NOT_APPLIED;
  }
  const lines = [...applied.files.map((path) => `edited ${path}`), ...applied.links.map((path) => `made ${path}`)];
  process.stdout.write(lines.map((line) => `${printableLine(line)}\n`).join(''));
  return 0;
}
