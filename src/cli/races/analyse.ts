/** `lifeboot races analyse`: what recorded boots show, before anything was tried. Exit status 2: a recording is not one, or is void. */
import { parseArgs } from 'node:util';
import { analyse, ruleNames } from '../../init/races/model/analyse.ts';
import { toReport } from '../../init/races/model/to-report.ts';
import { formatReport } from '../../init/races/report/report-text.ts';
import { readTrace } from '../../init/races/trace/read-trace.ts';
import type { Trace } from '../../init/races/trace/trace.ts';
import { createLinuxSys } from '../../sys/linux.ts';
import { formatProblem } from '../../sys/problem.ts';
import { safeJson } from '../../sys/safe-json.ts';
import type { Sys } from '../../sys/sys.ts';
import { UsageError } from '../usage-error.ts';
import { NOT_JUDGED, printableLine, putOut } from './read-report.ts';

export async function analyseTraces(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      output: { type: 'string' },
      without: { type: 'string', multiple: true },
      'min-score': { type: 'string' },
    },
    allowPositionals: true,
  });
  if (positionals.length === 0) throw new UsageError('at least one TRACE is wanted');
  const disabledRules = values.without ?? [];
  const unknown = disabledRules.find((rule) => !ruleNames.includes(rule));
  if (unknown !== undefined) throw new UsageError(`--without ${JSON.stringify(unknown)}; accepted: ${ruleNames.join(', ')}`);
  const least = readScore(values['min-score']);
  const sys = createLinuxSys();
  const traces = await readTraces(sys, positionals);
  if (traces === undefined) return NOT_JUDGED;
  const { findings, ...rest } = analyse(traces, { disabledRules });
  const report = toReport(traces, { ...rest, findings: findings.filter(({ score }) => score >= least) });
  await putOut(sys, values.json ? `${safeJson(report, 2)}\n` : formatReport(report), values.output);
  return 0;
}

function readScore(word: string | undefined): number {
  const score = word === undefined ? 0 : Number(word);
  if (word === '' || !(score >= 0 && score <= 1))
    throw new UsageError(`--min-score ${JSON.stringify(word)}; accepted: a number from 0 to 1`);
  return score;
}

/** Undefined when it was told on standard error what is wrong with one. */
async function readTraces(sys: Sys, files: readonly string[]): Promise<readonly Trace[] | undefined> {
  const traces: Trace[] = [];
  for (const file of files) {
    const read = await readTrace(sys, file);
    if (!read.ok) {
      process.stderr.write(`lifeboot: ${printableLine(formatProblem(read.problem))}\n`);
      return undefined;
    }
    traces.push(read.trace);
  }
  return traces;
}
