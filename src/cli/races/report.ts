/**
 * `lifeboot races report`: what was found, in one of its forms, and whether it ends a build. Exit status 0: nothing that `--fail-on` names
 * is left unaccepted; 1: something is; 2: the words, the report or the file of accepted races are wrong, and nothing was judged.
 */
import { parseArgs } from 'node:util';
import packageJson from '../../../package.json' with { type: 'json' };
import { type AcceptFile, parseAcceptFile } from '../../init/races/report/accept-file.ts';
import type { RaceReport } from '../../init/races/report/finding.ts';
import { accept, describeAccepted, failing } from '../../init/races/report/gate.ts';
import { formatPage } from '../../init/races/report/page/report-page.ts';
import { formatSarif } from '../../init/races/report/report-sarif.ts';
import { formatReport } from '../../init/races/report/report-text.ts';
import { type FailOn, failOn } from '../../init/races/report/verdicts.ts';
import { createLinuxSys } from '../../sys/linux.ts';
import { formatProblem } from '../../sys/problem.ts';
import { safeJson } from '../../sys/safe-json.ts';
import type { Sys } from '../../sys/sys.ts';
import { UsageError } from '../usage-error.ts';
import { NOT_JUDGED, printableLine, putOut, readReport } from './read-report.ts';

const FAILS = 1;
type Form = 'text' | 'json' | 'sarif' | 'html';
const forms: Readonly<Record<Form, (report: RaceReport) => string>> = {
  text: formatReport,
  json: (report) => `${safeJson(report, 2)}\n`,
  sarif: (report) => formatSarif(report, packageJson.version),
  html: formatPage,
};
const formNames = Object.keys(forms) as Form[];

export async function report(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      text: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      sarif: { type: 'boolean', default: false },
      html: { type: 'boolean', default: false },
      output: { type: 'string' },
      accept: { type: 'string' },
      'fail-on': { type: 'string' },
    },
    allowPositionals: true,
  });
  const [file, second] = positionals;
  if (file === undefined || second !== undefined) throw new UsageError('one FILE is wanted: the report');
  const [form = 'text', other] = formNames.filter((name) => values[name]);
  if (other !== undefined) throw new UsageError(`--${form} and --${other}: one at a time`);
  const kind = readFailOn(values['fail-on']);
  const sys = createLinuxSys();
  const found = await readReport(sys, file);
  const accepted = values.accept === undefined ? { entries: [], problems: [] } : await readAccepted(sys, values.accept);
  if (found === undefined) return NOT_JUDGED;
  const judged = accept(found, accepted.entries, sys.wallClock().toISOString().slice(0, 10));
  tell([...accepted.problems.map(formatProblem), ...describeAccepted(judged)]);
  await putOut(sys, forms[form](judged.report), values.output);
  if (accepted.problems.length > 0) return NOT_JUDGED;
  const failures = kind === undefined ? [] : failing(judged.report, kind);
  if (failures.length === 0) return 0;
  tell(failures.map(({ id, scripts, judgement }) => `${judgement.verdict}: ${scripts.join(', ')} (${id})`));
  return FAILS;
}

function readFailOn(word: string | undefined): FailOn | undefined {
  if (word === undefined) return undefined;
  const kind = (Object.keys(failOn) as FailOn[]).find((each) => each === word);
  if (kind === undefined) throw new UsageError(`--fail-on ${JSON.stringify(word)}; accepted: ${Object.keys(failOn).join(', ')}`);
  return kind;
}

async function readAccepted(sys: Sys, file: string): Promise<AcceptFile> {
  const text = await sys.readText(file);
  if (text !== undefined) return parseAcceptFile(text, file);
  return { entries: [], problems: [{ file, value: file, message: 'does not exist', accepted: 'a file of [[accept]] entries' }] };
}

const tell = (lines: readonly string[]) => process.stderr.write(lines.map((line) => `lifeboot: ${printableLine(line)}\n`).join(''));
