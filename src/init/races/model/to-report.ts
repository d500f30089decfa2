/** The analysis as a report: nothing was tried yet, so every finding is predicted. */
import type { RaceReport } from '../report/finding.ts';
import type { Trace } from '../trace/trace.ts';
import type { Analysis } from './analysis.ts';
import { readRoster } from './roster.ts';

export function toReport(traces: readonly Trace[], { findings, benign, coverage }: Analysis): RaceReport {
  const { scripts, tierOf } = readRoster(traces);
  return {
    version: 1,
    kernel: [...new Set(traces.map(({ head }) => head.kernel))].join(', '),
    traces: traces.map(({ head }) => head.name),
    scripts: scripts.map(({ name, sha256 }) => ({ name, tier: tierOf(name), sha256 })),
    coverage,
    findings: findings.map((finding) => ({
      ...finding,
      judgement: { verdict: 'predicted', differences: [], trials: 0 },
      mends: [],
    })),
    benign,
  };
}
