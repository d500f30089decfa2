/** Reports of the shards of one exploration, as one. */
import type { JudgedFinding, RaceReport } from '../report/finding.ts';

/** Throws when they are not about the same scripts under the same kernel: `names` says which of them. */
export function mergeReports(reports: readonly RaceReport[], names: readonly string[]): RaceReport {
  const [head, ...others] = reports;
  if (head === undefined) throw new Error('no report to merge');
  for (const [index, other] of others.entries()) {
    const [one, two] = [names[0] ?? 'the first report', names[index + 1] ?? 'another report'];
    if (other.kernel !== head.kernel) throw new Error(`${two}: is about kernel ${other.kernel}, ${one} about ${head.kernel}`);
    if (JSON.stringify(other.scripts) !== JSON.stringify(head.scripts)) throw new Error(`${two}: is about other scripts than ${one}`);
  }
  const findings = new Map<string, JudgedFinding>();
  for (const finding of reports.flatMap((report) => report.findings)) {
    const there = findings.get(finding.id);
    if (there === undefined || isBetter(finding, there)) findings.set(finding.id, finding);
  }
  return {
    ...head,
    traces: unique(reports.flatMap(({ traces }) => traces)),
    coverage: unique(reports.flatMap(({ coverage }) => coverage)),
    findings: [...findings.values()].toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)),
  };
}

/** One that was tried knows more than one that was not, and one that was tried more often than one that was less. */
function isBetter({ judgement: one }: JudgedFinding, { judgement: other }: JudgedFinding): boolean {
  const judged = (verdict: string): number => (verdict === 'predicted' ? 0 : 1);
  return judged(one.verdict) - judged(other.verdict) > 0 || (judged(one.verdict) === judged(other.verdict) && one.trials > other.trials);
}

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
