/** `npm run vm -- races`: records boots of an image, predicts races between its start-up scripts, and tries each of them in the other order. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mendReport } from '../../src/init/races/mend/mend-report.ts';
import { parseAcceptFile } from '../../src/init/races/report/accept-file.ts';
import type { Judgement, RaceReport } from '../../src/init/races/report/finding.ts';
import { accept, describeAccepted, failing } from '../../src/init/races/report/gate.ts';
import { parseReport } from '../../src/init/races/report/report-schema.ts';
import { formatReport } from '../../src/init/races/report/report-text.ts';
import type { Exploration } from '../../src/init/races/trial/evidence.ts';
import { keepVerdicts } from '../../src/init/races/trial/known-verdicts.ts';
import { serialOrder } from '../../src/init/races/trial/serial-order.ts';
import { isInShard } from '../../src/init/races/trial/shard.ts';
import { formatProblem } from '../../src/sys/problem.ts';
import { safeJson } from '../../src/sys/safe-json.ts';
import { progressOn } from '../progress.ts';
import { findTarget } from '../target.ts';
import { driveMachine } from './driven-machine.ts';
import { type Explored, exploreImage } from './explore-image.ts';
import { predictRaces } from './predict-races.ts';
import { parseRacesOptions, type RacesOptions, racesUsage } from './races-options.ts';
import { openResults } from './results-file.ts';
import { readImageHeaders } from './script-tree.ts';

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
  const headers = await readImageHeaders(target.image, target.root);
  await mkdir(options.output, { recursive: true });
  const predicted =
    options.findings === undefined ? await predictRaces(options, { target, show, signal }) : await readReport(options.findings);
  await writeFile(
    join(options.output, 'predicted.json'),
    `${safeJson(predicted, 2)}
`,
  );
  const known =
    earlier === undefined ? new Map<string, Judgement>() : keepVerdicts(predicted.findings, predicted.scripts, earlier, predicted.kernel);
  const wanted = chosen(predicted, options).filter(({ id }) => !known.has(id));
  output.write(`${predicted.findings.length} findings, ${known.size} of them judged before, ${wanted.length} to try\n`);
  const exploration = explorationOf(predicted);
  const results = await openResults(join(options.output, 'trials.ndjson'), aboutOf(predicted.kernel, exploration), options);
  const drive = { target, signal, quiet: QUIET, ...(options.console !== undefined && { consoleLog: options.console }) };
  const boot = () => driveMachine(drive);
  const explored = await exploreImage({ boot, findings: wanted, exploration, results, budgetMs: options.budgetMs, show, signal });
  const report = mendReport(reportOf(predicted, explored, known), headers);
  const judged = accept(report, accepted, new Date().toISOString().slice(0, 10));
  await writeFile(join(options.output, 'report.json'), `${safeJson(judged.report, 2)}\n`);
  output.write(`\n${formatReport(judged.report)}\n`);
  output.write(`${join(options.output, 'report.json')}; lifeboot races report makes HTML and SARIF of it\n`);
  for (const line of describeAccepted(judged)) output.write(`${line}\n`);
  if (explored.ended === 'stuck') throw new Error(`the machine does not come to what is left to try: ${explored.left}`);
  return options.failOn !== undefined && failing(judged.report, options.failOn).length > 0 ? 1 : 0;
}

function chosen({ findings }: RaceReport, { only, shard }: RacesOptions): RaceReport['findings'] {
  const unknown = only.find((id) => !findings.some((finding) => finding.id === id));
  if (unknown !== undefined) throw new Error(`--finding ${unknown}: no finding has this id: ${findings.map(({ id }) => id).join(', ')}`);
  return findings.filter(({ id }) => (only.length === 0 || only.includes(id)) && (shard === undefined || isInShard(id, shard)));
}

function explorationOf({ scripts, findings }: RaceReport): Exploration {
  const tiers = Map.groupBy(scripts, ({ tier }) => tier);
  return {
    preferences: findings,
    tiers: [...tiers].map(([name, members]) => ({
      name,
      order: serialOrder(
        members.map((script) => script.name),
        findings,
      ),
    })),
  };
}

/** Outcomes of other scripts, or of other orders under the same names, are of no use. */
function aboutOf(kernel: string, { tiers, preferences }: Exploration): string {
  const arcs = preferences.map(({ scripts, directed }) => [...scripts, directed]);
  return createHash('sha256')
    .update(JSON.stringify([kernel, tiers, arcs]))
    .digest('hex')
    .slice(0, 16);
}

function reportOf(predicted: RaceReport, { agenda, ended, left }: Explored, known: ReadonlyMap<string, Judgement>): RaceReport {
  return {
    ...predicted,
    coverage: [...predicted.coverage, ...agenda.unexplained, ...(ended === 'done' ? [] : [`not everything was tried: ${left}`])],
    findings: predicted.findings.map((finding) => ({
      ...finding,
      judgement: agenda.judgements.get(finding.id) ?? known.get(finding.id) ?? finding.judgement,
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
