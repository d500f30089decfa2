import { describe, expect, test } from 'vitest';
import type { RaceReport } from '../../../../../src/init/races/report/finding.ts';
import { parseReport } from '../../../../../src/init/races/report/report-schema.ts';
import { formatProblem } from '../../../../../src/sys/problem.ts';
import { safeJson } from '../../../../../src/sys/safe-json.ts';
import { hostileReport, sampleReport } from './sample-report.ts';

const read = (value: unknown) => parseReport(typeof value === 'string' ? value : safeJson(value), 'races.json');
function faults(value: unknown): readonly string[] {
  const answer = read(value);
  return 'problems' in answer ? answer.problems.map(formatProblem) : [];
}
const [first] = sampleReport.findings;
const withFinding = (change: Readonly<Record<string, unknown>>) => ({ ...sampleReport, findings: [{ ...first, ...change }] });

describe('parseReport', () => {
  test('gives back what was written', () => {
    expect(read(sampleReport)).toEqual({ report: sampleReport });
    const hostile = hostileReport('\x1b[31m</script>\u2028');
    expect(read(hostile)).toEqual({ report: hostile });
  });
  test('keeps the keys of a newer lifeboot', () => {
    const newer = { ...withFinding({ novelty: 1 }), more: true } as unknown as RaceReport;
    expect(read(newer)).toEqual({ report: newer });
  });
  test.each([
    ['another version', { ...sampleReport, version: 2 }, 'races.json: "version = 2": must be 1; accepted: 1'],
    ['nothing', {}, 'races.json: "version": is missing; accepted: "version"'],
    ['a word', '"x"', 'races.json: "the whole of it = \\"x\\"": must be Object; accepted: Object'],
    [
      'an unknown verdict',
      withFinding({ judgement: { verdict: 'sure', differences: [], trials: 0 } }),
      'races.json: "findings.0.judgement.verdict = \\"sure\\"": must be ("confirmed" | "divergent" | "latent" | "flaky-base" | "predicted" | "unreachable" | "benign"); accepted: ("confirmed" | "divergent" | "latent" | "flaky-base" | "predicted" | "unreachable" | "benign")',
    ],
    [
      'an id that is none',
      withFinding({ id: 'x' }),
      'races.json: "findings.0.id = \\"x\\"": must be 12 hex digits; accepted: /^[0-9a-f]{12}$/',
    ],
    ['no witness', withFinding({ witnesses: [] }), 'races.json: "findings.0.witnesses = []": must have one entry at least; accepted: >=1'],
    ['a third script', withFinding({ scripts: ['a'] }), 'races.json: "findings.0.scripts.1": is missing; accepted: string'],
  ])('tells of %s', (_, value, said) => {
    expect(faults(value)[0]).toBe(said);
  });
  test('names the line where it is no JSON', () => {
    expect(faults('{\n"version": 1,\n"kernel" 6\n}')[0]).toMatch(/^races\.json:3: "\\"kernel\\" 6": is not JSON: /);
    expect(faults('')[0]).toMatch(/^races\.json:1: "": is not JSON: /);
  });
  test('tells of many faults in few lines', () => {
    const bad = { ...sampleReport, findings: Array.from({ length: 100 }, () => ({})) };
    expect(faults(bad)).toHaveLength(21);
    expect(faults(bad).at(-1)).toContain('more faults');
  });
});
