/** `npm run vm -- races`: records boots of an image, predicts races between its start-up scripts, and tries each of them in the other order. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mendReport } from '../../src/init/races/mend/mend-report.ts';
import { parseAcceptFile } from '../../src/init/races/report/accept-file.ts';
import type { JudgedFinding, Judgement, RaceReport } from '../../src/init/races/report/finding.ts';
import { accept, describeAccepted, failing } from '../../src/init/races/report/gate.ts';
import { parseReport } from '../../src/init/races/report/report-schema.ts';
import { formatReport } from '../../src/init/races/report/report-text.ts';
import { keepVerdicts } from '../../src/init/races/trial/known-verdicts.ts';
import { isInShard } from '../../src/init/races/trial/shard.ts';
import { formatProblem } from '../../src/sys/problem.ts';
import { safeJson } from '../../src/sys/safe-json.ts';
import { progressOn } from '../progress.ts';
import { findTarget } from '../target.ts';
import { driveMachine } from './driven-machine.ts';
import { aboutOf, explorationOf } from './exploration.ts';
import { type Explored, exploreImage } from './explore-image.ts';
import { predictRaces } from './predict-races.ts';
import { parseRacesOptions, type RacesOptions, racesUsage } from './races-options.ts';
import { openResults } from './results-file.ts';
import { readImageScripts, requireSameScripts } from './script-tree.ts';
import { verifyMends } from './verify-mends.ts';

/** Nothing is done for so long at the end of a trial; it is not waited for longer than that. */
const QUIET = { quietMs: 2000, capMs: 120_000 } as const;

/** Resolves to the exit code: 0; 1 when a race that `--fail-on` names is left that nobody has accepted. */
export async function racesCommand(argv: readonly string[], output: NodeJS.WriteStream, signal: AbortSignal): Promise<number> {
  const options = parseRacesOptions(argv);
  if (options === undefined) {
    output.write(racesUsage);
    return 0;
  }
  const accepted = await readAccepted(options.accept);
  const earlier = options.since === undefined ? undefined : await readReport(options.since);
  const show = progressOn(output);
  const target = await findTarget({
    initrd: 'loader',
    show,
    signal,
    ...(options.image !== undefined && { image: options.image }),
    ...(options.scripts !== undefined && { scripts: options.scripts }),
    ...(options.key !== undefined && { key: options.key }),
  });
  output.write(`image ${target.image}, kernel ${target.boot.kernelVersion}, ${target.scripts} initscripts\n`);
  const scripts = await readImageScripts(target.image, target.root);
  const { headers } = scripts;
  await mkdir(options.output, { recursive: true });
  const { report: predicted, boots } =
    options.findings === undefined
      ? await predictRaces(options, { target, show, signal })
      : { report: await readReport(options.findings), boots: [] };
  const { findings: given, traces, resume } = options;
  if (given !== undefined || traces.length > 0 || resume)
    requireSameScripts(predicted.scripts, scripts, given ?? (traces.join(', ') || join(options.output, 'recordings')));
  await writeFile(
    join(options.output, 'predicted.json'),
    `${safeJson(predicted, 2)}
`,
  );
  const known =
    earlier === undefined ? new Map<string, Judgement>() : keepVerdicts(predicted.findings, predicted.scripts, earlier, predicted.kernel);
  const ours = chosen(predicted, options);
  const wanted = ours.filter(({ id }) => !known.has(id));
  output.write(`${predicted.findings.length} findings, ${known.size} of them judged before, ${wanted.length} to try\n`);
  const exploration = explorationOf(predicted, predicted.findings);
  const results = await openResults(join(options.output, 'trials.ndjson'), aboutOf(predicted.kernel, exploration), options);
  const drive = { target, signal, quiet: QUIET, ...(options.console !== undefined && { consoleLog: options.console }) };
  const boot = () => driveMachine(drive);
  const beganMs = performance.now();
  const explored = await exploreImage({ boot, findings: wanted, exploration, results, budgetMs: options.budgetMs, show, signal });
  const report = mendReport(reportOf(predicted, explored, { judgements: known, findings: earlier?.findings ?? [] }), headers);
  const finish = async (mended: RaceReport) => {
    const judged = accept(mended, accepted, new Date().toISOString().slice(0, 10));
    await writeFile(join(options.output, 'report.json'), `${safeJson(judged.report, 2)}\n`);
    return judged;
  };
  const first = await finish(report);
  const isWanted = ({ id }: JudgedFinding) => ours.some((finding) => finding.id === id);
  const verify = { options, target, headers, boots, quiet: QUIET, isWanted, keep: finish, show, signal };
  const budgetMs = options.budgetMs - (performance.now() - beganMs);
  const judged =
    options.verifyMends && explored.ended === 'done' ? await finish(await verifyMends(report, { ...verify, budgetMs })) : first;
  output.write(`\n${formatReport(judged.report)}\n`);
  output.write(`${join(options.output, 'report.json')}; lifeboot races report makes HTML and SARIF of it\n`);
  for (const line of describeAccepted(judged)) output.write(`${line}\n`);
  if (options.verifyMends && explored.ended !== 'done') output.write('no mend was tried yet: not all findings were: --resume goes on\n');
  if (explored.ended === 'stuck') throw new Error(`the machine does not come to what is left to try: ${explored.left}`);
  return options.failOn !== undefined && failing(judged.report, options.failOn).length > 0 ? 1 : 0;
}

function chosen({ findings }: RaceReport, { only, shard }: RacesOptions): RaceReport['findings'] {
  const unknown = only.find((id) => !findings.some((finding) => finding.id === id));
  if (unknown !== undefined) throw new Error(`--finding ${unknown}: no finding has this id: ${findings.map(({ id }) => id).join(', ')}`);
  return findings.filter(({ id }) => (only.length === 0 || only.includes(id)) && (shard === undefined || isInShard(id, shard)));
}

/** `known`: verdicts that still hold, and the findings that they are from: what was verified of their mends is, too. */
function reportOf(
  predicted: RaceReport,
  { agenda, ended, left }: Explored,
  known: { readonly judgements: ReadonlyMap<string, Judgement>; readonly findings: readonly JudgedFinding[] },
): RaceReport {
  return {
    ...predicted,
    coverage: [...predicted.coverage, ...agenda.unexplained, ...(ended === 'done' ? [] : [`not everything was tried: ${left}`])],
    findings: predicted.findings.map((finding) => ({
      ...finding,
      judgement: agenda.judgements.get(finding.id) ?? known.judgements.get(finding.id) ?? finding.judgement,
      mends: known.judgements.has(finding.id) ? (known.findings.find(({ id }) => id === finding.id)?.mends ?? []) : [],
    })),
  };
}

async function readReport(file: string): Promise<RaceReport> {
  const read = parseReport(await readFile(file, 'utf8'), file);
  if ('problems' in read) throw new Error(read.problems.map(formatProblem).join('\n'));
  return read.report;
}

async function readAccepted(file: string | undefined) {
  if (file === undefined) return [];
  const { entries, problems } = parseAcceptFile(await readFile(file, 'utf8'), file);
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  return entries;
}
