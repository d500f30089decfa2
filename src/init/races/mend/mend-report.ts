/** A report with mends: what was proposed before gives way, but what a re-run has verified. Pure. */
import type { Mend, RaceReport } from '../report/finding.ts';
import type { MendImage } from './mend-image.ts';
import { proposeMends } from './propose-mends.ts';
import { findRedundant } from './redundant-edges.ts';

/** Durations are those of the report's scripts. Redundant edges are told where the analysis looked for conflicts of ordered scripts. */
export function mendReport(report: RaceReport, image: MendImage): RaceReport {
  const durations = new Map(
    report.scripts.flatMap(({ name, durationMs }) => (durationMs === undefined ? [] : [[name, durationMs] as const])),
  );
  const hasConflict = report.neededOrders === undefined ? undefined : conflictsOf(report, report.neededOrders);
  const proposed = proposeMends(report.findings, { image, durations, ...(hasConflict && { hasConflict }) });
  const ran = new Set(report.scripts.map(({ name }) => name));
  const redundant = hasConflict === undefined ? [] : findRedundant({ image, durations, hasConflict }, (name) => ran.has(name));
  const findings = report.findings.map((finding) => ({ ...finding, mends: keepVerified(proposed.get(finding.id) ?? [], finding.mends) }));
  const { redundant: _, ...rest } = report;
  return { ...rest, findings, ...(redundant.length > 0 && { redundant }) };
}

/** Also what races conflicts, or it would not be a race. */
function conflictsOf({ findings }: RaceReport, needed: readonly (readonly [string, string])[]): (a: string, b: string) => boolean {
  const keyOf = (a: string, b: string): string => [a, b].toSorted().join('\0');
  const pairs = new Set([...needed, ...findings.map(({ scripts }) => scripts)].map(([a, b]) => keyOf(a, b)));
  return (a, b) => pairs.has(keyOf(a, b));
}

/** A mend with the same edits is the same one; verified ones come first. */
function keepVerified(now: readonly Mend[], earlier: readonly Mend[]): readonly Mend[] {
  const editsOf = ({ edits, summary }: Mend) => JSON.stringify(edits ?? summary);
  const verified = new Set(earlier.filter((mend) => mend.verified).map(editsOf));
  return now
    .map((mend) => (verified.has(editsOf(mend)) ? { ...mend, verified: true } : mend))
    .toSorted((a, b) => Number(b.verified) - Number(a.verified));
}
