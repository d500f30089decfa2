import { describe, expect, test } from 'vitest';
import { makePlan, type Plan } from '../../../../src/init/plan/make-plan.ts';
import { diffPlans, parseOldPlan } from '../../../../src/init/plan/plan-diff.ts';
import { formatDot } from '../../../../src/init/plan/plan-dot.ts';
import { type FoundLink, planLinks } from '../../../../src/init/plan/plan-links.ts';
import { planRows } from '../../../../src/init/plan/plan-rows.ts';
import { formatSvg } from '../../../../src/init/plan/plan-svg.ts';
import { formatPlan } from '../../../../src/init/plan/plan-text.ts';
import { planInput } from './headers.ts';

function planOf(headers: Readonly<Record<string, readonly string[]>>): Plan {
  const { plan } = makePlan(planInput(headers));
  if (plan === undefined) throw new Error('no plan');
  return plan;
}

describe('diffPlans()', () => {
  const before = planOf({ a: [], b: ['Required-Start: a'], gone: [] });
  const now = planOf({ a: ['Required-Start: young'], b: ['Should-Start: a'], young: [] });
  test('of a plan and itself is nothing', () => {
    expect(diffPlans(planRows(before), planRows(before))).toEqual([]);
  });
  test('says what came, went, moved, and has another reason', () => {
    expect(diffPlans(planRows(before), planRows(now)).filter((line) => line.includes('rc2-5'))).toEqual([
      '~ a  rc2-5.d/S10 → rc2-5.d/S20  after young (Required-Start: young)',
      '~ b  rc2-5.d/S20 → rc2-5.d/S30  after a (Should-Start: a)',
      '- gone  rc2-5.d/S10',
      '+ young  rc2-5.d/S10  waits for nobody',
    ]);
  });
  test('reads both forms of an old plan, and nothing else', () => {
    const rows = planRows(before);
    expect(diffPlans(parseOldPlan(formatPlan(rows)) ?? [], rows)).toEqual([]);
    expect(diffPlans(parseOldPlan(JSON.stringify({ version: 1, scripts: rows })) ?? [], rows)).toEqual([]);
    for (const text of ['hello\n', '{', '{"scripts":[1]}']) expect(parseOldPlan(text)).toBeUndefined();
  });
});

describe('planLinks()', () => {
  const plan = planOf({ a: ['Default-Start: 2', 'Default-Stop: 0'], b: ['Default-Start: 2', 'Default-Stop:', 'Required-Start: a'] });
  const link = (path: string, target = `../init.d/${path.slice(9)}`): FoundLink => ({
    directory: path.slice(0, 5),
    file: path.slice(6),
    ...(target !== '' && { target }),
  });
  test('makes what is missing, and on the second run nothing', () => {
    const { make, remove, kept } = planLinks(plan, []);
    expect(make).toEqual([
      { path: 'rc0.d/K10a', target: '../init.d/a' },
      { path: 'rc2.d/S10a', target: '../init.d/a' },
      { path: 'rc2.d/S20b', target: '../init.d/b' },
    ]);
    expect([remove, kept]).toEqual([[], []]);
    expect(
      planLinks(
        plan,
        make.map(({ path, target }) => link(path, target)),
      ),
    ).toEqual({ make: [], remove: [], kept: [] });
  });
  test('renumbers its own names, at any level', () => {
    const { remove, kept } = planLinks(plan, [link('rc2.d/S03a'), link('rc3.d/S01b', '/etc/init.d/b')]);
    expect([remove, kept]).toEqual([['rc2.d/S03a', 'rc3.d/S01b'], []]);
  });
  test('leaves what it does not understand, and says so', () => {
    const found = [
      link('rc2.d/S10a', ''),
      link('rc2.d/S20b', '/opt/b'),
      link('rc2.d/S50other'),
      link('rc2.d/notes', ''),
      link('rc2.d/README', ''),
    ];
    const { make, remove, kept } = planLinks(plan, found);
    expect(make.map(({ path }) => path)).toEqual(['rc0.d/K10a']);
    expect(remove).toEqual([]);
    expect(kept).toEqual([
      'rc2.d/S10a: left alone: not a link',
      'rc2.d/S20b: left alone: it leads to /opt/b, not to b',
      'rc2.d/S50other: left alone: other is not in the plan',
      'rc2.d/notes: left alone: not named like a link of a script',
    ]);
  });
});

describe('pictures of a plan', () => {
  const plan = planOf({ 'a"<&': [], b: ['Should-Start: a"<&', 'X-Interactive: true'] });
  test('formatDot() has each script and its edge, dashed when it is only wanted', () => {
    const text = formatDot(plan.groups);
    expect(text).toContain('"2-5/a\\"<&" -> "2-5/b" [style=dashed, tooltip="Should-Start: a\\"<&"];');
    expect(text.match(/label="b", style=bold/g)).toHaveLength(1);
  });
  test('formatSvg() escapes names and has a box for each script', () => {
    const text = formatSvg(plan.groups);
    expect(text).toContain('a&quot;&lt;&amp;</text>');
    expect(text.match(/<rect /g)).toHaveLength(4);
    expect(text).not.toContain('a"<&');
  });
});
