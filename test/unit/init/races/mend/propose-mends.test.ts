import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makePlan } from '../../../../../src/init/plan/make-plan.ts';
import { editPlan } from '../../../../../src/init/races/mend/edit-image.ts';
import type { MendImage } from '../../../../../src/init/races/mend/mend-image.ts';
import { type MendInput, proposeMends } from '../../../../../src/init/races/mend/propose-mends.ts';
import { findRedundant } from '../../../../../src/init/races/mend/redundant-edges.ts';
import type { Mend, RaceType } from '../../../../../src/init/races/report/finding.ts';
import { raceTypes } from '../../../../../src/init/races/report/race-types.ts';
import { tiersIn } from '../../plan/headers.ts';
import { mendImage, raceOf } from './mend-image.ts';

const types = Object.keys(raceTypes) as RaceType[];
const input = (image: MendImage, more: Partial<MendInput> = {}): MendInput => ({ image, durations: new Map(), ...more });
function mendsOf(race: ReturnType<typeof raceOf>, image: MendImage, more: Partial<MendInput> = {}): readonly Mend[] {
  return proposeMends([race], input(image, more)).get(race.id) ?? [];
}
const editsOf = (mends: readonly Mend[]) =>
  mends.map(({ edits = [] }) => edits.map(({ script, key, value }) => `${script}: ${key}: ${value}`).join('; '));
const pair = { a: [], b: [] };

describe('proposeMends', () => {
  test.each([
    ['T1', 'b: Required-Start: a'],
    ['T2', 'b: Should-Start: a'],
    ['T3', 'b: Should-Start: a'],
    ['T4', 'b: Should-Start: a'],
    ['T5', 'b: Should-Start: a'],
    ['T6', 'b: Required-Start: a'],
    ['T7', 'a: X-Ready: notify'],
    ['T9', 'b: Should-Start: a'],
  ] as const)('%s: the smallest edit first, a need only where there is one', (type, edit) => {
    const mends = mendsOf(raceOf(type, ['a', 'b']), mendImage(pair));
    expect(editsOf(mends)[0]).toBe(edit);
    expect(mends.length).toBeGreaterThanOrEqual(2);
    expect(mends.length).toBeLessThanOrEqual(3);
    expect(mends.every(({ verified }) => !verified)).toBe(true);
  });
  test('gives the diff against the header, the override, the tier and what it costs', () => {
    const durations = new Map([
      ['a', 200],
      ['b', 100],
      ['c', 250],
    ]);
    const [mend] = mendsOf(raceOf('T1', ['a', 'b']), mendImage({ ...pair, c: [] }), { durations });
    expect(mend).toMatchObject({ summary: 'Required-Start: a in b: a makes what the other one uses', tier: 'rc2-5.d/S20', costMs: 100 });
    expect(mend?.diff).toBe(`--- a/etc/init.d/b
+++ b/etc/init.d/b
@@ -1,6 +1,7 @@
 #!/bin/sh
 ### BEGIN INIT INFO
 # Provides:          b
+# Required-Start:    a
 # Default-Start:     2 3 4 5
 # Default-Stop:      0 1 6
 ### END INIT INFO
`);
    expect(mend?.override).toMatchObject({ path: '/etc/insserv/overrides/b' });
  });
  test('copes without what comes first: a wish is enough', () => {
    const race = raceOf('T1', ['a', 'b'], { judgement: { verdict: 'divergent' } });
    expect(editsOf(mendsOf(race, mendImage(pair)))[0]).toBe('b: Should-Start: a');
  });
  test('takes the order that went well, where the type tells none', () => {
    const race = raceOf('T4', ['a', 'b'], { judgement: { goodOrder: 'b before a' } });
    expect(editsOf(mendsOf(race, mendImage(pair)))[0]).toBe('a: Should-Start: b');
  });
  test('says $syslog, $local_fs or $network where the script is one of these, and the name where it is not', () => {
    const image = mendImage({ rsyslog: [], mountall: ['# Provides: mountall'], web: [] });
    expect(editsOf(mendsOf(raceOf('T1', ['rsyslog', 'web']), image))[0]).toBe('web: Required-Start: $syslog');
    expect(editsOf(mendsOf(raceOf('T6', ['mountall', 'web']), image))[0]).toBe('web: Required-Start: $local_fs');
    expect(editsOf(mendsOf(raceOf('T1', ['web', 'rsyslog']), image))[0]).toBe('rsyslog: Required-Start: web');
  });
  test('says the name where the facility would make a cycle', () => {
    const image = mendImage({ networking: [], ifupdown: ['# Required-Start: web'], web: [] });
    expect(editsOf(mendsOf(raceOf('T1', ['networking', 'web']), image))[0]).toBe('web: Required-Start: networking');
  });
  test('keeps what the line had, and takes a name that no other script provides', () => {
    const image = mendImage({ exim: ['# Provides: mta exim4'], postfix: ['# Provides: mta'], web: ['# Required-Start: $remote_fs'] });
    expect(editsOf(mendsOf(raceOf('T1', ['exim', 'web']), image))[0]).toBe('web: Required-Start: $remote_fs exim4');
  });
  test('edits the one that is waited for: many wait, or the other one came with a package', () => {
    const image = mendImage({ a: [], b: [], c: [], d: [] }, ['b']);
    expect(editsOf(mendsOf(raceOf('T1', ['a', 'b']), image))[0]).toBe('a: X-Start-Before: b');
    const three = (['b', 'c', 'd'] as const).map((name) => raceOf('T1', ['a', name]));
    const mends = proposeMends(three, input(mendImage({ a: [], b: [], c: [], d: [] })));
    expect(three.map(({ id }) => editsOf(mends.get(id) ?? [])[0])).toEqual(['b', 'c', 'd'].map((name) => `a: X-Start-Before: ${name}`));
  });
  test('gives up a wish for the edge, and tells the cycle with each line', () => {
    const image = mendImage({ a: ['# Should-Start: c'], b: [], c: ['# Required-Start: b'] });
    const [mend] = mendsOf(raceOf('T1', ['a', 'b']), image);
    expect(editsOf([mend as Mend])).toEqual(['b: Required-Start: a; a: Should-Start: ']);
    expect(mend?.summary).toBe('Required-Start: a in b, and Should-Start of a without c (a wish, not a need)');
    expect(mend?.cycle).toEqual([
      'a waits for c: /etc/init.d/a:6: Should-Start: c',
      'c waits for b: /etc/init.d/c:6: Required-Start: b',
      'b waits for a: /etc/init.d/b:4: Required-Start: a',
    ]);
    expect(mend?.diff).toContain('+++ b/etc/init.d/a');
    expect(mend?.diff).toContain('+++ b/etc/init.d/b');
    expect(mend?.override).toBeUndefined();
  });
  test('gives up a need behind which no conflict was ever seen before a wish behind which there is one', () => {
    const image = mendImage({ a: ['# Should-Start: c'], b: [], c: ['# Required-Start: d'], d: ['# Required-Start: b'] });
    const [mend] = mendsOf(raceOf('T1', ['a', 'b']), image, { hasConflict: (one, other) => [one, other].sort().join('') !== 'cd' });
    expect(mend?.summary).toBe('Required-Start: a in b, and Required-Start of c without d (behind which no conflict was ever seen)');
  });
  test('has no header line where every edge of the cycle is needed', () => {
    const image = mendImage({ a: ['# Required-Start: c'], b: [], c: ['# Required-Start: b'] });
    const mends = mendsOf(raceOf('T1', ['a', 'b']), image);
    expect(mends[0]?.summary).toContain('no header line: a before b would make a cycle');
    expect(mends[0]?.cycle).toHaveLength(3);
    expect(mends.every(({ edits }) => edits === undefined)).toBe(true);
  });
  test('T4 on the lock of a tool: waiting for it is better than an order', () => {
    const [mend] = mendsOf(raceOf('T4', ['a', 'b'], { object: 'lock /run/xtables.lock' }), mendImage(pair));
    expect(mend?.summary).toBe('iptables -w in a and b: wait for /run/xtables.lock instead of failing');
    const [other] = mendsOf(raceOf('T4', ['a', 'b'], { object: 'name /run/lock/tool' }), mendImage(pair));
    expect(other?.summary).toMatch(/flock -w 30 \/run\/lock\/tool, the same file in both/);
  });
  test('T8: reserves the port, or starts the one that needs it first', () => {
    const mends = mendsOf(raceOf('T8', ['a', 'b'], { object: 'address tcp:631' }), mendImage(pair));
    expect(mends[0]?.summary).toMatch(/^reserve port 631 for a/);
    expect(editsOf(mends)[1]).toBe('b: Should-Start: a');
  });
  test('T7: no edge, and a wait that sh understands whatever the name', () => {
    const mends = mendsOf(
      raceOf('T7', ['a', 'b'], { object: "address unix:/run/it's $(x)" }),
      mendImage({ a: [], b: ['# Required-Start: a'] }),
    );
    expect(editsOf(mends).filter((edits) => edits.includes('-Start'))).toEqual([]);
    expect(mends[1]?.summary).toContain("until [ -S '/run/it'\\''s $(x)' ] || [ $((n -= 1)) = 0 ]; do sleep 0.1; done");
  });
  test('T1 of a daemon that is ready only behind the end of its script: says that an order is not enough, and what is', () => {
    const race = raceOf('T1', ['a', 'b'], { object: 'name /run/x' });
    const [witness] = race.witnesses;
    const late = witness && { ...race, witnesses: [{ ...witness, first: { ...witness.first, late: true as const } }] };
    const summaries = (each = race) => mendsOf(each, mendImage(pair)).map(({ summary }) => summary);
    expect(summaries(late)[0]).toBe(
      'Required-Start: a in b: a makes what the other one uses; it is not enough as long as a ends before its daemon is ready',
    );
    expect(summaries(late)[2]).toMatch(/^let the start action of a end only when \/run\/x is there/);
    expect(summaries().join()).not.toMatch(/not enough|start action/);
    // Where it is open who should come first, nobody is late.
    expect(summaries({ ...late, directed: false } as typeof race).join()).not.toMatch(/not enough|start action/);
  });
  test('T7 in a network of its own: is waited for from within, where that has a name', () => {
    const summaries = (object: string) =>
      mendsOf(raceOf('T7', ['a', 'b'], { object }), mendImage({ a: [], b: ['# Required-Start: a'] }))
        .map(({ summary }) => summary)
        .join('\n');
    expect(summaries('address tcp:80 [network guests]')).toContain(
      "until ip netns exec guests sh -c 'ss -Hln sport = :80 | grep -q .' || [ $((n -= 1)) = 0 ]",
    );
    expect(summaries('address tcp:80 [network a#1]')).not.toContain('until');
    expect(summaries('name /run/x [mounts a#1]')).not.toContain('until');
  });
  test('of scripts that the image does not have is advice', () => {
    const mends = mendsOf(raceOf('T1', ['a', 'gone']), mendImage(pair));
    expect(mends.length).toBeGreaterThan(0);
    expect(mends.every(({ edits }) => edits === undefined)).toBe(true);
  });
  test('never makes a cycle, and brings the two into the order it says', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
    const key = fc.constantFrom('Required-Start', 'Should-Start', 'X-Start-Before');
    const wish = fc.record({ from: fc.nat(5), to: fc.nat(5), key });
    fc.assert(
      fc.property(
        fc.array(wish, { maxLength: 9 }),
        fc.nat(5),
        fc.nat(5),
        fc.constantFrom(...types),
        fc.boolean(),
        (wishes, one, two, type, known) => {
          const lines = (index: number) =>
            (['Required-Start', 'Should-Start', 'X-Start-Before'] as const).flatMap((each) => {
              const to = wishes.filter((wished) => wished.from === index && wished.key === each).map((wished) => names[wished.to]);
              return to.length === 0 ? [] : [`# ${each}: ${to.join(' ')}`];
            });
          const image = mendImage(Object.fromEntries(names.map((name, index) => [name, lines(index)])));
          fc.pre(one !== two && makePlan(image).plan !== undefined);
          const race = raceOf(type, [names[one] ?? 'a', names[two] ?? 'b']);
          for (const { edits } of mendsOf(race, image, known ? { hasConflict: (x, y) => x < y } : {})) {
            if (edits === undefined || type === 'T7') continue;
            const tiers = tiersIn(makePlan(editPlan(image, edits)).plan, '2-5');
            const tierOf = (name: string) => tiers?.findIndex((tier) => tier.includes(name)) ?? -1;
            expect(tiers).toBeDefined();
            expect(tierOf(race.scripts[0])).toBeLessThan(tierOf(race.scripts[1]));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('findRedundant', () => {
  const image = mendImage({ a: ['# Required-Start: b'], b: ['# X-Start-Before: c'], c: ['# Should-Start: $syslog'], rsyslog: [] });
  const durations = new Map([
    ['a', 30],
    ['b', 50],
    ['c', 20],
  ]);
  test('tells the edges without a conflict, the dearest first, and what they cost', () => {
    expect(findRedundant({ image, durations, hasConflict: () => false }, () => true)).toEqual([
      { from: 'a', to: 'b', witness: '/etc/init.d/a:6: Required-Start: b', gainMs: 10 },
      { from: 'c', to: 'b', witness: '/etc/init.d/b:6: X-Start-Before: c', gainMs: 0 },
    ]);
  });
  test('says nothing of an edge that keeps others in an order that they need', () => {
    const chain = mendImage({ a: [], b: ['# Required-Start: a'], c: ['# Required-Start: b'] });
    const isNeeded = (one: string, other: string) => `${one}${other}` === 'ac' || `${one}${other}` === 'ca';
    expect(findRedundant({ image: chain, durations, hasConflict: isNeeded }, () => true)).toEqual([]);
    expect(findRedundant({ image: chain, durations, hasConflict: () => false }, () => true)).toHaveLength(2);
  });
  test('says nothing of edges with a conflict, nor of scripts that never ran', () => {
    expect(findRedundant({ image, durations, hasConflict: (from) => from === 'a' }, () => true).map(({ from }) => from)).toEqual(['c']);
    expect(findRedundant({ image, durations, hasConflict: () => false }, (name) => name !== 'b')).toEqual([]);
  });
});
