/** The analysis as a report: nothing was tried yet, so every finding is predicted. */
import { measureScripts } from '../mend/critical-path.ts';
import type { RaceReport } from '../report/finding.ts';
import type { Trace } from '../trace/trace.ts';
import type { Analysis } from './analysis.ts';
import { readRoster } from './roster.ts';

export function toReport(traces: readonly Trace[], { findings, benign, coverage, neededOrders }: Analysis): RaceReport {
  const { scripts, tierOf } = readRoster(traces);
  const durations = measureScripts(traces.map(({ head }) => head));
  return {
    version: 1,
    kernel: [...new Set(traces.map(({ head }) => head.kernel))].join(', '),
    traces: traces.map(({ head }) => head.name),
    scripts: scripts.map(({ name, sha256 }) => {
      const durationMs = durations.get(name);
      return { name, tier: tierOf(name), sha256, ...(durationMs !== undefined && { durationMs }) };
    }),
    coverage,
    findings: findings.map((finding) => ({
      ...finding,
      judgement: { verdict: 'predicted', differences: [], trials: 0 },
      mends: [],
    })),
    benign,
    neededOrders,
  };
}
