/** The mends of an explored image tried out: applied together to a copy of it, which is recorded and tried again as the image was. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blame, findingsToTry, markMends } from '../../src/init/races/mend/mark-mends.ts';
import type { MendImage } from '../../src/init/races/mend/mend-image.ts';
import { type MendRound, planRounds } from '../../src/init/races/mend/mend-rounds.ts';
import { type BootHead, faultsOfBoots } from '../../src/init/races/mend/mended-boots.ts';
import type { MendPlace } from '../../src/init/races/mend/verify-mend.ts';
import type { JudgedFinding, Judgement, RaceReport } from '../../src/init/races/report/finding.ts';
import { safeJson } from '../../src/sys/safe-json.ts';
import type { ShowProgress } from '../progress.ts';
import type { Target } from '../target.ts';
import { driveMachine } from './driven-machine.ts';
import { aboutOf, explorationOf } from './exploration.ts';
import { exploreImage } from './explore-image.ts';
import { mendedImage } from './mended-image.ts';
import { predictRaces } from './predict-races.ts';
import type { RacesOptions } from './races-options.ts';
import { openResults } from './results-file.ts';

export interface VerifyContext {
  readonly options: RacesOptions;
  readonly target: Target;
  /** The headers as they are in the image. */
  readonly headers: MendImage;
  /** Recorded boots of the image, where they are known. */
  readonly boots: readonly BootHead[];
  readonly quiet: { readonly quietMs: number; readonly capMs: number };
  /** What of the budget is left for it. */
  readonly budgetMs: number;
  /** Which findings are ours. */
  readonly isWanted: (finding: JudgedFinding) => boolean;
  /** Told after each copy: what is known then is not lost. */
  readonly keep: (report: RaceReport) => Promise<unknown>;
  readonly show: ShowProgress;
  readonly signal: AbortSignal;
}

const NO_TIME = 'it was not tried in a mended copy: the budget is used up; --resume goes on';

/** The report with each of these mends verified, or with what speaks against it. A copy that cannot be booted speaks against all in it. */
export async function verifyMends(report: RaceReport, context: VerifyContext): Promise<RaceReport> {
  const { headers, isWanted, signal } = context;
  const { rounds, left } = planRounds(report, headers, isWanted);
  let marked = report;
  for (const { place, why } of left) marked = blame(marked, place, [why]);
  const untilMs = performance.now() + context.budgetMs;
  for (const [index, round] of rounds.entries()) {
    const leftMs = untilMs - performance.now();
    signal.throwIfAborted();
    const all = (why: string): RaceReport => round.places.reduce((before, place) => blame(before, place, [why]), marked);
    if (leftMs <= 0) marked = all(NO_TIME);
    else {
      try {
        marked = await tryRound(marked, round, { ...context, title: `mended copy ${index + 1} of ${rounds.length}`, budgetMs: leftMs });
      } catch (error) {
        signal.throwIfAborted();
        context.show(`mended copy ${index + 1} of ${rounds.length}`).done(`given up: ${firstLine(error)}`);
        marked = all(`the copy with this and ${round.places.length - 1} other mends: ${firstLine(error)}`);
      }
    }
    await context.keep(marked);
  }
  return marked;
}

/** What is known of a copy stays in a directory by the name of its edits: that is where `--resume` goes on. */
async function tryRound(report: RaceReport, round: MendRound, context: VerifyContext & { readonly title: string }): Promise<RaceReport> {
  const { options, target, headers, boots, quiet, budgetMs, signal, title } = context;
  const output = join(options.output, `mended-${nameOf(report, round)}`);
  await mkdir(output, { recursive: true });
  await writeFile(join(output, 'mends.json'), `${safeJson(round, 2)}\n`);
  const show: ShowProgress = (text) => context.show(`${title}: ${text}`);
  const progress = show('image');
  await using disk = await mendedImage(target.image, target.root, round.edits);
  progress.done(`${round.places.length} mends in ${new Set(round.edits.map(({ script }) => script)).size} scripts`);
  const copy = { ...target, image: disk.path, isOurs: true };
  const machine = { target: copy, show, signal };
  const recorded = { ...options, traces: [], output };
  // A daemon that says nothing is waited for in every boot: one of them is enough to know.
  const { boots: firstBoot } = await predictRaces({ ...recorded, boots: 1 }, machine);
  const failed = faultsIn(report, round.places, { before: boots, after: firstBoot });
  const places = round.places.filter(({ id }) => !failed.has(id));
  const blamed = round.places.reduce(
    (before, place) => (failed.has(place.id) ? blame(before, place, failed.get(place.id) ?? []) : before),
    report,
  );
  if (places.length === 0) return blamed;
  const predicted = await predictRaces({ ...recorded, resume: true }, machine);
  const wanted = findingsToTry(report, places, { rerun: predicted.report, image: headers });
  const predictedIds = new Set(predicted.report.findings.map(({ id }) => id));
  const gone = wanted.filter(({ id }) => !predictedIds.has(id));
  const exploration = explorationOf(predicted.report, [...predicted.report.findings, ...gone]);
  const results = await openResults(join(output, 'trials.ndjson'), aboutOf(predicted.report.kernel, exploration), options);
  const boot = () => driveMachine({ target: copy, signal, quiet });
  const { agenda, ended } = await exploreImage({ boot, findings: wanted, exploration, results, budgetMs, show, signal });
  signal.throwIfAborted();
  const judge = (finding: JudgedFinding) => ({ ...finding, judgement: agenda.judgements.get(finding.id) ?? finding.judgement });
  const isOpen = ({ judgement: { verdict } }: JudgedFinding): boolean => verdict === 'predicted';
  const open = gone.map(judge).filter(isOpen);
  // Of what is neither seen nor was forced any more nobody can say that it is still there.
  const findings = [...predicted.report.findings, ...gone].map(judge).filter(({ id }) => !open.some((each) => each.id === id));
  const rerun = { ...predicted.report, findings };
  await writeFile(join(output, 'report.json'), `${safeJson(rerun, 2)}\n`);
  const faults = faultsIn(report, places, { before: boots, after: predicted.boots });
  return markMends(blamed, {
    places,
    rerun,
    image: headers,
    faultsOf: (finding) => [
      ...open.filter(({ id }) => id === finding.id).map(({ judgement }) => (ended === 'budget' ? NO_TIME : notTried(judgement))),
      ...(faults.get(finding.id) ?? []),
    ],
  });
}

/** By the id of the finding; it has none whose scripts do well. */
function faultsIn(
  { findings }: RaceReport,
  places: readonly MendPlace[],
  boots: { readonly before: readonly BootHead[]; readonly after: readonly BootHead[] },
): ReadonlyMap<string, readonly string[]> {
  const faults = places.map(({ id, nth }) => {
    const finding = findings.find((each) => each.id === id);
    const mend = finding?.mends[nth];
    return [id, finding === undefined || mend === undefined ? [] : faultsOfBoots(finding, mend, boots)] as const;
  });
  return new Map(faults.filter(([, told]) => told.length > 0));
}

const notTried = ({ differences }: Judgement): string =>
  ['its orders could not be tried in the copy', ...differences.slice(0, 1)].join(': ');

const nameOf = ({ kernel, scripts }: RaceReport, { edits }: MendRound): string =>
  createHash('sha256')
    .update(JSON.stringify([kernel, scripts.map(({ name, sha256 }) => [name, sha256]), edits]))
    .digest('hex')
    .slice(0, 12);

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
