/** What a re-run of a mended copy says about each of the mends that are in it: verified, or what speaks against it. Pure. */
import { makePlan, type Plan, type PlanInput } from '../../plan/make-plan.ts';
import { planRows } from '../../plan/plan-rows.ts';
import type { HeaderEdit, JudgedFinding, Mend, RaceReport } from '../report/finding.ts';
import { editPlan } from './edit-image.ts';
import { addEdits } from './mend-rounds.ts';
import { type MendPlace, verifyMend } from './verify-mend.ts';

export interface MendedRun {
  readonly places: readonly MendPlace[];
  /** What was found and tried in the copy. */
  readonly rerun: RaceReport;
  /** The image without the mends. */
  readonly image: PlanInput;
  /** What else speaks against the mend of this finding. */
  readonly faultsOf: (finding: JudgedFinding) => readonly string[];
}

/** Of what no mend did: the report of the copy has all. */
const MOST_SEEN = 5;

/**
 * A race that is new in the copy speaks against the mends that moved its scripts to each other: where no mend alone does so, against all.
 * One of scripts that stand to each other as they did is only seen for the first time: it is told, and blames no mend.
 */
export function markMends(report: RaceReport, { places, rerun, image, faultsOf }: MendedRun): RaceReport {
  const mendAt = ({ id, nth }: MendPlace): Mend | undefined => report.findings.find((each) => each.id === id)?.mends[nth];
  const fresh = newFindings(report, rerun);
  const { moved, movers } = movedFindings(report, places, { rerun, image });
  const isBlamed = (place: MendPlace, { scripts }: JudgedFinding): boolean => {
    const alone = movers(scripts).filter((key) => key !== 'together');
    return alone.length === 0 || alone.includes(place);
  };
  let marked = report;
  for (const place of places) {
    const finding = report.findings.find(({ id }) => id === place.id);
    const mend = mendAt(place);
    if (finding === undefined || mend === undefined) continue;
    const own = {
      ...rerun,
      findings: rerun.findings.filter((each) => !fresh.includes(each) || (moved.includes(each) && isBlamed(place, each))),
    };
    const answer = verifyMend(marked, place, own);
    const against = [...contradictions(finding, report), ...faultsOf(finding), ...(answer.verified ? [] : answer.reasons)];
    marked = against.length === 0 && answer.verified ? answer.report : blame(marked, place, against);
  }
  const only = fresh.filter((each) => !moved.includes(each));
  const seen = only
    .slice(0, MOST_SEEN)
    .map(({ id, scripts }) => `${scripts.join(' and ')} raced in the copy with the mends only, and no mend moved them: ${id}`);
  const more = only.length > MOST_SEEN ? [`${only.length - MOST_SEEN} more pairs raced in the copy with the mends only`] : [];
  const findings = marked.findings.map((each) => ({
    ...each,
    mends: each.mends.toSorted((a, b) => Number(b.verified) - Number(a.verified)),
  }));
  return { ...marked, findings, coverage: [...marked.coverage, ...seen, ...more] };
}

/** Says why a mend is not verified. */
export function blame(report: RaceReport, { id, nth }: MendPlace, against: readonly string[]): RaceReport {
  const change = (mends: readonly Mend[]) => mends.map((mend, index) => (index === nth ? { ...mend, against } : mend));
  return { ...report, findings: report.findings.map((each) => (each.id === id ? { ...each, mends: change(each.mends) } : each)) };
}

const pairOf = ({ scripts }: Pick<JudgedFinding, 'scripts'>): string => scripts.toSorted().join('\0');

/** Neither they nor their scripts raced before. */
function newFindings(before: RaceReport, rerun: RaceReport): readonly JudgedFinding[] {
  const known = new Set(before.findings.flatMap((each) => [each.id, pairOf(each)]));
  return rerun.findings.filter((each) => !known.has(each.id) && !known.has(pairOf(each)));
}

/** New races of scripts that the mends moved to each other, and which mends alone do so. The plan may number all links anew: no mend did that. */
function movedFindings(before: RaceReport, places: readonly MendPlace[], { rerun, image }: Pick<MendedRun, 'rerun' | 'image'>) {
  const editsAt = ({ id, nth }: MendPlace): readonly HeaderEdit[] =>
    before.findings.find((each) => each.id === id)?.mends[nth]?.edits ?? [];
  const together = places.reduce<readonly HeaderEdit[]>((edits, place) => addEdits(image, edits, editsAt(place)), []);
  const mends: (readonly [MendPlace | 'together', readonly HeaderEdit[]])[] = places.map((place) => [place, editsAt(place)]);
  const movers = moversOf(image, new Map([...mends, ['together', together]]));
  const moved = newFindings(before, rerun).filter(({ scripts }) => isMoved(before, rerun, scripts) && movers(scripts).includes('together'));
  return { moved, movers };
}

/**
 * What is to be tried in the copy: what is left of the races of these mends, and the new ones that they bring about. Those that are gone are
 * forced all the same.
 */
export function findingsToTry(
  before: RaceReport,
  places: readonly MendPlace[],
  run: Pick<MendedRun, 'rerun' | 'image'>,
): readonly JudgedFinding[] {
  const ids = new Set(places.map(({ id }) => id));
  const mended = before.findings.filter(({ id }) => ids.has(id));
  const pairs = new Set(mended.map(pairOf));
  const left = run.rerun.findings.filter((each) => pairs.has(pairOf(each)));
  const gone = mended.filter(({ id }) => !left.some((each) => each.id === id));
  return [...left, ...gone, ...movedFindings(before, places, run).moved];
}

/** The order that it brings about is one in which another race of the two goes wrong. */
function contradictions(finding: JudgedFinding, { findings }: RaceReport): readonly string[] {
  const { goodOrder } = finding.judgement;
  return findings
    .filter((each) => each.id !== finding.id && pairOf(each) === pairOf(finding) && each.judgement.badOrder === goodOrder)
    .filter(() => goodOrder !== undefined)
    .map(({ id, judgement }) => [`in its order ${id} is ${judgement.verdict}`, ...judgement.differences.slice(0, 1)].join(': '));
}

/** How two scripts stand to each other. */
type Standing = 'together' | 'before' | 'after' | 'apart';

const compare = (a: string | undefined, b: string | undefined): Standing =>
  a === undefined || b === undefined ? 'apart' : a === b ? 'together' : a < b ? 'before' : 'after';

const tierOf = ({ scripts }: RaceReport, wanted: string) => scripts.find(({ name }) => name === wanted)?.tier.replace(/^rcS/, 'rc ');

/** Of a script that did not run before nobody knows. */
function isMoved(before: RaceReport, rerun: RaceReport, [a, b]: readonly [string, string]): boolean {
  const [was, is] = [before, rerun].map((report) => compare(tierOf(report, a), tierOf(report, b)));
  return was !== 'apart' && was !== is;
}

/** Which mends alone make two scripts stand otherwise to each other. */
function moversOf<K>(image: PlanInput, mends: ReadonlyMap<K, readonly HeaderEdit[]>): (scripts: readonly [string, string]) => readonly K[] {
  const placesOf = (plan: Plan | undefined) =>
    Map.groupBy(plan === undefined ? [] : planRows(plan).filter(({ tier }) => tier.startsWith('rc')), ({ name }) => name);
  const before = placesOf(makePlan(image).plan);
  const after = new Map([...mends].map(([key, edits]) => [key, placesOf(makePlan(editPlan(image, edits)).plan)]));
  const standings = (rows: ReturnType<typeof placesOf>, [a, b]: readonly [string, string]): string =>
    (rows.get(a) ?? [])
      .flatMap((one) =>
        (rows.get(b) ?? []).filter((other) => directoryOf(one) === directoryOf(other)).map((other) => compare(one.tier, other.tier)),
      )
      .join(' ');
  return (scripts) => [...after].filter(([, rows]) => standings(rows, scripts) !== standings(before, scripts)).map(([key]) => key);
}

const directoryOf = ({ tier }: { readonly tier: string }): string => tier.slice(0, tier.indexOf('/'));
