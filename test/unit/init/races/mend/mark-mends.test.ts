import { expect, test } from 'vitest';
import { findingsToTry, markMends } from '../../../../../src/init/races/mend/mark-mends.ts';
import type { JudgedFinding, Judgement, RaceReport } from '../../../../../src/init/races/report/finding.ts';
import { sampleReport } from '../report/sample-report.ts';
import { mendImage, raceOf } from './mend-image.ts';

const image = mendImage({ a: [], b: [], c: [], d: [] });
const tiers = (of: Readonly<Record<string, string>>, sha = 'old') =>
  Object.entries(of).map(([name, tier]) => ({ name, tier, sha256: tier === 'rc2.d/S10' ? 'old' : sha }));
const together = tiers({ a: 'rc2.d/S10', b: 'rc2.d/S10', c: 'rc2.d/S10', d: 'rc2.d/S10' });

function race(id: string, scripts: readonly [string, string], judgement: Partial<Judgement> = {}, second = scripts[1]): JudgedFinding {
  const edits = [{ script: second, key: 'Should-Start', value: scripts[0] }];
  return {
    ...raceOf('T3', scripts, { object: `name /run/${scripts.join('')}` }),
    id,
    judgement: { verdict: 'confirmed', goodOrder: `${scripts[0]} before ${scripts[1]}`, differences: [], trials: 6, ...judgement },
    mends: [{ summary: 'x', verified: false, edits }],
  };
}
const first = race('aaaaaaaaaaaa', ['a', 'b']);
const second = race('bbbbbbbbbbbb', ['c', 'd']);
const before: RaceReport = { ...sampleReport, scripts: together, findings: [first, second] };
const moved = tiers({ a: 'rc2.d/S10', b: 'rc2.d/S20', c: 'rc2.d/S10', d: 'rc2.d/S20' }, 'new');
const rerun: RaceReport = { ...before, scripts: moved, findings: [] };
const places = [first, second].map(({ id }) => ({ id, nth: 0 }));
const mark = (again: Partial<RaceReport> = {}, from = before, faults: readonly string[] = []) =>
  markMends(from, { places, rerun: { ...rerun, ...again }, image, faultsOf: ({ id }) => (id === first.id ? faults : []) });
const mendsOf = ({ findings }: RaceReport) => findings.map(({ mends }) => mends[0]).map((mend) => mend?.against ?? mend?.verified);

test('markMends() verifies all mends of a copy in which their races are gone', () => {
  expect(mendsOf(mark())).toEqual([true, true]);
});
test('markMends() puts a verified mend before one that a person would have to make', () => {
  const words = { summary: 'by hand', verified: false };
  const from = { ...before, findings: [{ ...first, mends: [words, ...first.mends] }] };
  const marked = markMends(from, { places: [{ id: first.id, nth: 1 }], rerun, image, faultsOf: () => [] });
  expect(marked.findings[0]?.mends.map(({ summary, verified }) => [summary, verified])).toEqual([
    ['x', true],
    ['by hand', false],
  ]);
});
test('markMends() says of each mend alone what speaks against it', () => {
  const left = { ...second, judgement: { ...second.judgement, verdict: 'divergent' as const } };
  expect(mendsOf(mark({ findings: [left] }))).toEqual([true, ['it is still there: divergent (bbbbbbbbbbbb)']]);
  expect(mendsOf(mark({}, before, ['with it b exits with 1 (boot-2)']))).toEqual([['with it b exits with 1 (boot-2)'], true]);
});
test('markMends() holds a new race against the mend that brought its scripts together, and against no other', () => {
  // b waits for a now, d for c: b and d are still together, b and c are not.
  const fresh = race('cccccccccccc', ['b', 'c']);
  const said = 'there is a new one: b, c, confirmed (cccccccccccc)';
  expect(mendsOf(mark({ findings: [fresh] }))).toEqual([[said], true]);
  const seen = mark({ findings: [race('dddddddddddd', ['b', 'd'])] });
  expect(mendsOf(seen)).toEqual([true, true]);
  expect(seen.coverage.at(-1)).toBe('b and d raced in the copy with the mends only, and no mend moved them: dddddddddddd');
});
test('markMends() blames no mend for tiers that the new numbers of all links bring about', () => {
  const renumbered = moved.map((script) => (script.name === 'd' ? { ...script, tier: 'rc2.d/S30' } : script));
  const again = { scripts: renumbered, findings: [race('dddddddddddd', ['b', 'd'])] };
  expect(mendsOf(mark(again))).toEqual([true, true]);
  // Nor is it tried: there may be as many as the image has scripts.
  expect(findingsToTry(before, places, { rerun: { ...rerun, ...again }, image }).map(({ id }) => id)).toEqual([first.id, second.id]);
});
test('markMends() tells five races of the copy that no mend brought about, and counts the rest', () => {
  const scripts = [...rerun.scripts, ...['e', 'f', 'g', 'h', 'i', 'j', 'k'].map((name) => ({ name, tier: 'rc2.d/S10', sha256: 'x' }))];
  const findings = scripts.slice(4).map(({ name }, index) => race(`00000000000${index}`, ['a', name]));
  const { coverage } = mark({ scripts, findings });
  expect(coverage).toHaveLength(before.coverage.length + 6);
  expect(coverage.at(-1)).toBe('2 more pairs raced in the copy with the mends only');
});
test('markMends() blames no mend for a race of a script that did not run before, which is not tried either', () => {
  const again = { scripts: [...moved, { name: 'e', tier: 'rc2.d/S20', sha256: 'x' }], findings: [race('cccccccccccc', ['b', 'e'])] };
  expect(mendsOf(mark(again))).toEqual([true, true]);
  expect(findingsToTry(before, places, { rerun: { ...rerun, ...again }, image }).map(({ id }) => id)).toEqual([first.id, second.id]);
});
test('markMends() does not verify a mend whose order another race of the two goes wrong in', () => {
  const other = race('eeeeeeeeeeee', ['b', 'a'], { badOrder: 'a before b', differences: ['script a exit: 1 instead of 0'] });
  const marked = mark({}, { ...before, findings: [first, second, other] });
  expect(mendsOf(marked)[0]).toEqual(['in its order eeeeeeeeeeee is confirmed: script a exit: 1 instead of 0']);
});
test('findingsToTry() has what is left of the mended races, those that are gone, and what is new', () => {
  const left = { ...first, id: 'ffffffffffff' };
  const fresh = race('cccccccccccc', ['b', 'c']);
  const ids = findingsToTry(before, places, { rerun: { ...rerun, findings: [left, fresh] }, image }).map(({ id }) => id);
  expect(ids).toEqual(['ffffffffffff', 'aaaaaaaaaaaa', 'bbbbbbbbbbbb', 'cccccccccccc']);
});
