/** `npm run bench -- races`: what the detector says of the cases, how fast it is, and how many boots it takes to see each of them. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proposeMends } from '../../../src/init/races/mend/propose-mends.ts';
import { analyse } from '../../../src/init/races/model/analyse.ts';
import type { JudgedFinding } from '../../../src/init/races/report/finding.ts';
import { parseReport } from '../../../src/init/races/report/report-schema.ts';
import { readTrace } from '../../../src/init/races/trace/read-trace.ts';
import type { Trace } from '../../../src/init/races/trace/trace.ts';
import { createLinuxSys } from '../../../src/sys/linux.ts';
import { formatProblem } from '../../../src/sys/problem.ts';
import type { ShowProgress } from '../../progress.ts';
import { type Race, readRaces, readTwins } from '../../races/cases/race-case.ts';
import { plannedBoots } from '../../races/record-boots.ts';
import { findTarget } from '../../target.ts';
import { casesImage } from './cases-image.ts';
import { measureAnalysis, type Speed } from './measure-analysis.ts';
import { type CaseBoots, nativeBoots } from './native-boots.ts';
import { recordBoot } from './record-boot.ts';
import { type Score, scoreCases } from './score-cases.ts';

export interface RacesBenchOptions {
  /** Boots that are recorded; each race is run three times as often in namespaces. */
  readonly runs: number;
  /** Traces that are there: none is recorded. */
  readonly traces: readonly string[];
  /** A report of `npm run vm -- races` on that image: scored in the place of an analysis. */
  readonly report?: string;
  /** Where recorded traces stay; absent: nowhere. */
  readonly keep?: string;
  readonly show: ShowProgress;
  readonly signal: AbortSignal;
}

export interface RacesResult {
  readonly score: Score;
  readonly speed: Speed;
  readonly boots: readonly CaseBoots[];
}

const TRIES_A_RUN = 3;
const MILLION = 1_000_000;

/** Needs root, for the namespaces. */
export async function runRacesBench(options: RacesBenchOptions): Promise<RacesResult> {
  if (process.getuid?.() !== 0) throw new Error('races: needs root (it makes namespaces): sudo npm run bench -- races');
  const { runs, show, signal } = options;
  const [races, twins] = [await readRaces(), await readTwins()];
  const findings = options.report === undefined ? analyse(await tracesOf(options, races)).findings : await readFindings(options.report);
  const mends = proposeMends(findings, { image: await casesImage(), durations: new Map() });
  const score = scoreCases(
    races,
    twins,
    findings.map((finding) => ({ ...finding, mends: mends.get(finding.id) ?? [] })),
  );
  const speed = await measureAnalysis(MILLION, show, signal);
  return { score, speed, boots: await allBoots(races, runs * TRIES_A_RUN, { show, signal }) };
}

async function tracesOf({ runs, traces, keep, show, signal }: RacesBenchOptions, races: readonly Race[]): Promise<readonly Trace[]> {
  if (traces.length > 0) return await Promise.all(traces.map(read));
  const target = await findTarget({ kind: 'races', initrd: 'loader', show, signal });
  const directory = keep ?? (await mkdtemp(join(tmpdir(), 'lifeboot-bench-races-')));
  await mkdir(directory, { recursive: true });
  try {
    const recorded: Trace[] = [];
    for (const [index, words] of plannedBoots(runs, undefined).entries()) {
      const run = index + 1;
      const progress = show(`recorded boot ${run}/${runs}`);
      progress.update(`booting ${words.join(' ')}`.trim());
      const file = join(directory, `cases-${run}.trace.gz`);
      const { verdictMs, shown } = await recordBoot({ target, races, words, file, signal });
      progress.done(`verdict after ${(verdictMs / 1000).toFixed(1)} s, ${shown.length} of ${races.length} races showed`);
      recorded.push(await read(file));
    }
    return recorded;
  } finally {
    if (keep === undefined) await rm(directory, { recursive: true, force: true });
  }
}

async function readFindings(file: string): Promise<readonly JudgedFinding[]> {
  const read = parseReport(await readFile(file, 'utf8'), file);
  if ('problems' in read) throw new Error(read.problems.map(formatProblem).join('\n'));
  return read.report.findings;
}

async function read(file: string): Promise<Trace> {
  const parsed = await readTrace(createLinuxSys(), file);
  if (parsed.ok) return parsed.trace;
  throw new Error(`${file}: ${parsed.problem.message}`);
}

async function allBoots(
  races: readonly Race[],
  tries: number,
  { show, signal }: Pick<RacesBenchOptions, 'show' | 'signal'>,
): Promise<readonly CaseBoots[]> {
  const boots: CaseBoots[] = [];
  const progress = show('races in namespaces');
  for (const [index, race] of races.entries()) {
    progress.update(`${race.name}, ${index + 1} of ${races.length}`);
    boots.push(await nativeBoots(race, tries, signal));
  }
  progress.done(`${races.length} races, ${tries} runs each`);
  return boots;
}
