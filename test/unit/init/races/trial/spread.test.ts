import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JudgedFinding, RaceReport, VerdictKind } from '../../../../../src/init/races/report/finding.ts';
import { keepVerdicts } from '../../../../../src/init/races/trial/known-verdicts.ts';
import { isInShard, parseShard } from '../../../../../src/init/races/trial/shard.ts';
import { describeLeft, isOver, isShareUsed } from '../../../../../src/init/races/trial/time-left.ts';
import { finding } from './made.ts';

const judged = (scripts: readonly [string, string], verdict: VerdictKind, trials = 2): JudgedFinding => ({
  ...finding(scripts),
  judgement: { verdict, differences: [], trials },
  mends: [],
});
const report = (findings: readonly JudgedFinding[], more: Partial<RaceReport> = {}): RaceReport => ({
  version: 1,
  kernel: '6.1',
  traces: ['boot 1'],
  scripts: ['a', 'b', 'c'].map((name) => ({ name, tier: 'rc2.d/S01', sha256: `sha of ${name}` })),
  coverage: [],
  findings,
  benign: [],
  ...more,
});

describe('shards', () => {
  test('parseShard() takes I/N only', () => {
    expect(parseShard('2/5')).toEqual({ index: 2, count: 5 });
    for (const bad of ['0/5', '6/5', '1', 'a/b', '1/0', '1/2/3', '']) expect(parseShard(bad), bad).toBeUndefined();
  });
  test('isInShard() gives each finding to exactly one machine', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.stringMatching(/^[0-9a-f]{12}$/), (count, id) => {
        const mine = Array.from({ length: count }, (_, index) => isInShard(id, { index: index + 1, count })).filter(Boolean);
        expect(mine).toHaveLength(1);
      }),
    );
  });
});

describe('keepVerdicts()', () => {
  const earlier = report([judged(['a', 'b'], 'confirmed'), judged(['a', 'c'], 'predicted'), judged(['b', 'c'], 'benign')]);
  const findings = earlier.findings;
  test('keeps what was judged of scripts that did not change', () => {
    expect([...keepVerdicts(findings, earlier.scripts, earlier, '6.1').keys()]).toEqual([findings[0]?.id, findings[2]?.id]);
  });
  test('tries again what touches a changed script, and everything under another kernel', () => {
    const changed = earlier.scripts.map((script) => (script.name === 'a' ? { ...script, sha256: 'new' } : script));
    expect([...keepVerdicts(findings, changed, earlier, '6.1').keys()]).toEqual([findings[2]?.id]);
    expect(keepVerdicts(findings, earlier.scripts, earlier, '6.12').size).toBe(0);
  });
});

describe('the budget', () => {
  const clock = { budgetMs: 600_000, elapsedMs: 0, durationsMs: [4000, 5000, 90_000], outstanding: 12 };
  test('isOver() before a trial that would end after it', () => {
    expect([isOver(clock), isOver({ ...clock, elapsedMs: 596_000 })]).toEqual([false, true]);
  });
  test('describeLeft() tells trials and time', () => {
    expect(describeLeft(clock)).toBe('12 trials left, about 1 min; the budget lasts for 10 min more');
    expect(describeLeft({ ...clock, outstanding: 1, durationsMs: [] })).toBe('1 trial left; the budget lasts for 10 min more');
  });
});

describe('isShareUsed()', () => {
  const clock = { budgetMs: 100_000, elapsedMs: 40_000, durationsMs: [5000], outstanding: 40 };
  test('gives a part its share of a budget that is not enough', () => {
    expect(isShareUsed(clock, { spentMs: 0, share: 0.25 })).toBe(false);
    expect(isShareUsed(clock, { spentMs: 19_000, share: 0.25 })).toBe(false);
    expect(isShareUsed(clock, { spentMs: 21_000, share: 0.25 })).toBe(true);
  });
  test('never where the budget is enough for all', () => {
    expect(isShareUsed({ ...clock, outstanding: 12 }, { spentMs: 21_000, share: 0.01 })).toBe(false);
  });
});
