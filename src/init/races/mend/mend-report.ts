/** A report with mends: what was proposed before gives way, but what a re-run has verified. Pure. */
import type { Mend, RaceReport } from '../report/finding.ts';
import type { MendImage } from './mend-image.ts';
import { proposeMends } from './propose-mends.ts';

/** Durations are those of the report's scripts. */
export function mendReport(report: RaceReport, image: MendImage): RaceReport {
  const durations = new Map(
    report.scripts.flatMap(({ name, durationMs }) => (durationMs === undefined ? [] : [[name, durationMs] as const])),
  );
  const proposed = proposeMends(report.findings, { image, durations });
  const findings = report.findings.map((finding) => ({ ...finding, mends: keepVerified(proposed.get(finding.id) ?? [], finding.mends) }));
  return { ...report, findings };
}

/** A mend with the same edits is the same one; verified ones come first. */
function keepVerified(now: readonly Mend[], earlier: readonly Mend[]): readonly Mend[] {
  const editsOf = ({ edits, summary }: Mend) => JSON.stringify(edits ?? summary);
  const verified = new Set(earlier.filter((mend) => mend.verified).map(editsOf));
  return now
    .map((mend) => (verified.has(editsOf(mend)) ? { ...mend, verified: true } : mend))
    .toSorted((a, b) => Number(b.verified) - Number(a.verified));
}
