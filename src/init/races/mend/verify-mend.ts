/** Whether a re-run of the mended image shows that a mend ends its race. Nothing else makes a mend verified. Pure. */
import type { JudgedFinding, Mend, RaceReport } from '../report/finding.ts';

/** `nth` counts from 0. */
export interface MendPlace {
  readonly id: string;
  readonly nth: number;
}

export type Verified =
  | { readonly verified: true; readonly report: RaceReport }
  /** What speaks against it, one sentence each. */
  | { readonly verified: false; readonly reasons: readonly string[] };

/**
 * `rerun`: what was found and tried in the image with the mend applied. The race must be gone, or harmless in both orders; both scripts
 * must have run; and there must be no race that was not there before, unless it was tried and is harmless.
 */
export function verifyMend(report: RaceReport, { id, nth }: MendPlace, rerun: RaceReport): Verified {
  const finding = report.findings.find((each) => each.id === id);
  const mend = finding?.mends[nth];
  if (finding === undefined || mend === undefined) return { verified: false, reasons: [`the report has no mend ${nth + 1} of ${id}`] };
  const reasons = [
    ...absent(finding, rerun),
    ...unchanged(mend, report, rerun),
    ...remaining(finding, rerun),
    ...added(finding, report, rerun),
  ];
  if (reasons.length > 0) return { verified: false, reasons };
  const mends = finding.mends.map((each, index) => (index === nth ? { ...each, verified: true } : each));
  const findings = report.findings.map((each) => (each.id === id ? { ...each, mends } : each));
  return { verified: true, report: { ...report, findings } };
}

const absent = ({ scripts }: JudgedFinding, rerun: RaceReport): readonly string[] =>
  scripts.filter((name) => !rerun.scripts.some((script) => script.name === name)).map((name) => `${name} did not run again`);

/** An edit that is in the script shows in its checksum; one in an override does not. */
function unchanged({ edits = [], diff = '' }: Mend, before: RaceReport, rerun: RaceReport): readonly string[] {
  const shaOf = ({ scripts }: RaceReport, wanted: string) => scripts.find(({ name }) => name === wanted)?.sha256;
  const names = new Set(edits.map(({ script }) => script).filter((script) => diff.includes(`+++ b/etc/init.d/${script}\n`)));
  return [...names]
    .filter((name) => shaOf(before, name) !== undefined && shaOf(before, name) === shaOf(rerun, name))
    .map((name) => `${name} is the same file in the re-run: the mend was not applied to it`);
}

const isHarmless = ({ judgement: { verdict } }: JudgedFinding): boolean => verdict === 'benign' || verdict === 'unreachable';

function remaining({ scripts, witnesses }: JudgedFinding, rerun: RaceReport): readonly string[] {
  const objects = new Set(witnesses.map(({ object }) => object));
  return rerun.findings
    .filter((each) => each.scripts.every((name) => scripts.includes(name)) && each.witnesses.some(({ object }) => objects.has(object)))
    .filter((each) => !isHarmless(each))
    .map((each) => `it is still there: ${each.judgement.verdict} (${each.id})`);
}

/** Of other pairs that raced before, another object may be the strongest one now: that is no new race. */
function added(finding: JudgedFinding, before: RaceReport, rerun: RaceReport): readonly string[] {
  const pairOf = ({ scripts }: JudgedFinding) => scripts.toSorted().join('\0');
  const ids = new Set(before.findings.map(({ id }) => id));
  const pairs = new Set(before.findings.map(pairOf).filter((pair) => pair !== pairOf(finding)));
  return rerun.findings
    .filter((each) => !ids.has(each.id) && !pairs.has(pairOf(each)) && !isHarmless(each))
    .map((each) => `there is a new one: ${each.scripts.join(', ')}, ${each.judgement.verdict} (${each.id})`);
}
