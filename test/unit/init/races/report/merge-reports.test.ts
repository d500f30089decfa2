import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JudgedFinding, RaceReport } from '../../../../../src/init/races/report/finding.ts';
import { mergeReports } from '../../../../../src/init/races/report/merge-reports.ts';
import { verdictKinds } from '../../../../../src/init/races/report/verdicts.ts';
import { safeJson } from '../../../../../src/sys/safe-json.ts';
import { sampleReport } from './sample-report.ts';

const bytes = (reports: readonly RaceReport[]) => safeJson(mergeReports(reports));
const [first] = sampleReport.findings as readonly [JudgedFinding];
const judged = (verdict: JudgedFinding['judgement']['verdict'], trials = 1): RaceReport => ({
  ...sampleReport,
  findings: [{ ...first, judgement: { verdict, differences: [`${verdict} ${trials}`], trials } }],
});
const merged = (...reports: readonly RaceReport[]) => mergeReports(reports).findings[0]?.judgement;

/** A shard: some of the findings, each as some shard may have judged it. */
const shard = fc
  .record({
    picks: fc.array(
      fc.record({ at: fc.nat(sampleReport.findings.length - 1), verdict: fc.constantFrom(...verdictKinds), trials: fc.nat(3) }),
      { maxLength: 8 },
    ),
    traces: fc.subarray(['a', 'b', 'c']),
    kernel: fc.constantFrom('6.1', '6.12'),
    pairs: fc.nat(3),
  })
  .map(({ picks, traces, kernel, pairs }): RaceReport => {
    const findings = new Map(
      picks.map(({ at, verdict, trials }) => [
        at,
        { ...sampleReport.findings[at], judgement: { verdict, differences: [], trials } } as JudgedFinding,
      ]),
    );
    return { ...sampleReport, kernel, traces, findings: [...findings.values()], benign: [{ rule: 'append', reason: 'r', pairs }] };
  });

describe('mergeReports', () => {
  test('takes the strongest verdict, and what was tried before what was not', () => {
    expect(merged(judged('benign'), judged('confirmed'))?.verdict).toBe('confirmed');
    expect(merged(judged('latent'), judged('divergent'))?.verdict).toBe('divergent');
    expect(merged(judged('predicted', 0), judged('benign'))?.verdict).toBe('benign');
    expect(merged(judged('confirmed', 3), judged('confirmed', 6))?.trials).toBe(6);
  });
  test('has everything of both', () => {
    const [one, two] = [
      { ...sampleReport, findings: sampleReport.findings.slice(0, 3), traces: ['b', 'a'], coverage: ['x'] },
      { ...sampleReport, findings: sampleReport.findings.slice(2), traces: ['c'], coverage: [] },
    ];
    const both = mergeReports([one, two]);
    expect(both.findings).toHaveLength(sampleReport.findings.length);
    expect(both).toMatchObject({ traces: ['a', 'b', 'c'], coverage: ['x'], kernel: sampleReport.kernel });
  });
  test('refuses reports of two images', () => {
    const other = { ...sampleReport, scripts: sampleReport.scripts.map((each) => ({ ...each, sha256: 'other' })) };
    expect(() => mergeReports([sampleReport, other])).toThrow('is another file in another report');
  });
  test('does not care for the order or the grouping of its reports, nor for one that is there twice', () => {
    fc.assert(
      fc.property(shard, shard, shard, (a, b, c) => {
        const all = bytes([a, b, c]);
        expect(bytes([c, a, b])).toBe(all);
        expect(bytes([mergeReports([a, b]), c])).toBe(all);
        expect(bytes([a, mergeReports([b, c])])).toBe(all);
        expect(bytes([a, b, c, a])).toBe(all);
      }),
      { numRuns: 100 },
    );
  });
});
