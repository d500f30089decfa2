import { describe, expect, test } from 'vitest';
import { formatSarif } from '../../../../../src/init/races/report/report-sarif.ts';
import { hostileReport, largeReport, sampleReport } from './sample-report.ts';

interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly kind: string;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly { readonly physicalLocation: Readonly<Record<string, Readonly<Record<string, unknown>>>> }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly suppressions?: readonly unknown[];
  readonly codeFlows: readonly {
    readonly threadFlows: readonly { readonly locations: readonly { readonly executionOrder: number }[] }[];
  }[];
}
interface Log {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly name: string; readonly rules: readonly Readonly<Record<string, unknown>>[] } };
    readonly results: readonly Result[];
  }[];
}
const read = (text: string) => JSON.parse(text) as Log;
const sarif = (report = sampleReport) => formatSarif(report, '0.1.0');
const resultsOf = (report = sampleReport) => read(sarif(report)).runs[0]?.results ?? [];

describe('formatSarif', () => {
  test('is version 2.1.0 with what the schema and code hosts want of a log: one run, a named driver, rules with their texts', () => {
    const { version, runs } = read(sarif());
    expect(version).toBe('2.1.0');
    expect(runs).toHaveLength(1);
    const { driver } = runs[0]?.tool ?? { driver: { name: '', rules: [] } };
    expect(driver.name).toBe('lifeboot');
    expect(driver.rules.map(({ id }) => id)).toEqual(['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T8', 'T9']);
    for (const rule of driver.rules) {
      expect(rule['name']).toMatch(/^([A-Z][a-z]*)+$/);
      for (const key of ['shortDescription', 'fullDescription', 'help']) expect(rule[key]).toEqual({ text: expect.stringMatching(/\S/) });
      expect(rule['defaultConfiguration']).toEqual({ level: 'warning' });
    }
  });
  test('has a result for each finding: its rule by name and number, a message, one place, a fingerprint', () => {
    const { runs } = read(sarif());
    expect(resultsOf()).toHaveLength(sampleReport.findings.length);
    for (const result of resultsOf()) {
      expect(runs[0]?.tool.driver.rules[result.ruleIndex]?.['id']).toBe(result.ruleId);
      expect(result.message.text).toMatch(/\S/);
      expect(result.locations).toHaveLength(1);
      const { artifactLocation, region } = result.locations[0]?.physicalLocation ?? {};
      expect(artifactLocation?.['uri']).toMatch(/^etc\/init\.d\/[A-Za-z0-9%._-]+$/);
      expect(region?.['startLine']).toBeGreaterThanOrEqual(1);
      expect(Object.entries(result.partialFingerprints)).toEqual([['raceId/v1', expect.stringMatching(/^[0-9a-f]{12}$/)]]);
      expect(result.codeFlows[0]?.threadFlows.map(({ locations }) => locations[0]?.executionOrder)).toEqual([1, 2]);
    }
    expect(new Set(resultsOf().map((each) => each.partialFingerprints['raceId/v1'])).size).toBe(sampleReport.findings.length);
  });
  test('has levels by verdict, and none where nothing fails', () => {
    const levels = new Map(sampleReport.findings.map(({ id, judgement }) => [id, judgement.verdict]));
    const told = resultsOf().map(({ partialFingerprints, kind, level }) =>
      [levels.get(partialFingerprints['raceId/v1'] ?? ''), kind, level].join(' '),
    );
    expect([...new Set(told)]).toEqual([
      'confirmed fail error',
      'divergent fail warning',
      'latent fail warning',
      'flaky-base fail warning',
      'predicted fail note',
      'unreachable informational none',
      'benign pass none',
    ]);
  });
  test('points at the line that the mend changes', () => {
    const dbus = resultsOf().find(({ locations }) => JSON.stringify(locations).includes('avahi-daemon'));
    expect(dbus?.locations[0]?.physicalLocation['region']).toEqual({ startLine: 4 });
  });
  test('has an accepted race as suppressed', () => {
    const [first, ...others] = sampleReport.findings;
    if (first === undefined) throw new Error('no finding');
    const accepted = { ...sampleReport, findings: [{ ...first, accepted: { reason: 'r', until: '2027-01-01' } }, ...others] };
    expect(resultsOf(accepted).at(-1)?.suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: 'until 2027-01-01: r' },
    ]);
    expect(resultsOf(accepted).filter(({ suppressions }) => suppressions !== undefined)).toHaveLength(1);
  });
  test('makes no link, no placeholder and no place elsewhere of a name', () => {
    const evil = '/../../x [click](https://example.org) {0} \x1b[31m\n\ud800';
    const text = sarif(hostileReport(evil));
    expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    for (const { message, locations } of resultsOf(hostileReport(evil))) {
      expect(message.text).not.toMatch(/\]\(|(^|[^{])\{\d/);
      expect(String(locations[0]?.physicalLocation['artifactLocation']?.['uri']).split('/')).toHaveLength(3);
    }
  });
  test('is the same, byte for byte, whatever the order of the findings; and of 500 not large', () => {
    expect(sarif({ ...sampleReport, findings: sampleReport.findings.toReversed() })).toBe(sarif());
    expect(sarif(largeReport(500)).length).toBeLessThan(2_000_000);
  });
});
