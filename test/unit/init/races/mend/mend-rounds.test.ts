import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makePlan } from '../../../../../src/init/plan/make-plan.ts';
import { editPlan } from '../../../../../src/init/races/mend/edit-image.ts';
import { addEdits, planRounds } from '../../../../../src/init/races/mend/mend-rounds.ts';
import type { JudgedFinding, Mend, RaceReport } from '../../../../../src/init/races/report/finding.ts';
import { sampleReport } from '../report/sample-report.ts';
import { mendImage, raceOf } from './mend-image.ts';

const image = mendImage({ a: [], b: [], c: [], d: ['# Should-Start: a'] });
const edit = (script: string, value: string, key = 'Should-Start') => ({ script, key, value });
const mendOf = (...edits: readonly ReturnType<typeof edit>[]): Mend => ({
  summary: 'x',
  verified: false,
  ...(edits.length > 0 && { edits }),
});

function found(id: string, mends: readonly Mend[], verdict: JudgedFinding['judgement']['verdict'] = 'confirmed'): JudgedFinding {
  return { ...raceOf('T3', ['a', 'b']), id, mends, judgement: { verdict, differences: [], trials: 3 } };
}
const report = (...findings: readonly JudgedFinding[]): RaceReport => ({ ...sampleReport, findings });
const rounds = (...findings: readonly JudgedFinding[]) => planRounds(report(...findings), image, () => true);

test('planRounds() takes the first mend with an edit of each finding that does harm, all in one copy', () => {
  const planned = rounds(
    found('1', [mendOf(), mendOf(edit('b', 'a'))]),
    found('2', [mendOf(edit('c', 'b'))], 'divergent'),
    found('3', [mendOf(edit('a', 'b'))], 'benign'),
  );
  expect(planned).toEqual({
    rounds: [
      {
        places: [
          { id: '1', nth: 1 },
          { id: '2', nth: 0 },
        ],
        edits: [edit('b', 'a'), edit('c', 'b')],
      },
    ],
    left: [],
  });
});
test('planRounds() tries in a further copy what would make a cycle with the others, and readiness in one of its own', () => {
  const planned = rounds(
    found('1', [mendOf(edit('a', 'notify', 'X-Ready'))]),
    found('2', [mendOf(edit('b', 'a'))]),
    found('3', [mendOf(edit('a', 'b'))]),
    found('4', [mendOf(edit('c', 'b'))]),
  );
  expect(planned.rounds.map(({ places }) => places.map(({ id }) => id))).toEqual([['2', '4'], ['3'], ['1']]);
});
test('planRounds() tells why a mend is in no copy', () => {
  expect(rounds(found('1', [mendOf()]), found('2', [mendOf(edit('a', 'd'))])).left).toEqual([
    { place: { id: '1', nth: 0 }, why: 'no header line does it: a person has to' },
    { place: { id: '2', nth: 0 }, why: 'the image has no order with it' },
  ]);
});
test('planRounds() leaves alone what is verified, and what is not asked for', () => {
  const verified = { ...mendOf(edit('b', 'a')), verified: true };
  expect(rounds(found('1', [verified])).rounds).toEqual([]);
  expect(planRounds(report(found('1', [mendOf(edit('b', 'a'))])), image, () => false).rounds).toEqual([]);
});
test('addEdits() makes two edits of one line one, by the words that each adds or drops', () => {
  const both = addEdits(image, addEdits(image, [], [edit('d', 'a b')]), [edit('d', 'c'), edit('d', 'a', 'Required-Start')]);
  expect(both).toEqual([edit('d', 'b c'), edit('d', 'a', 'Required-Start')]);
});
test('planRounds() gives copies that all have a plan, with each mend in one copy at most', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const some = fc.array(fc.record({ script: name, value: name, id: fc.uuid() }), { maxLength: 12 });
  fc.assert(
    fc.property(some, (list) => {
      const planned = rounds(...list.map(({ id, script, value }) => found(id, [mendOf(edit(script, value))])));
      for (const { edits } of planned.rounds) expect(makePlan(editPlan(image, edits)).plan).toBeDefined();
      const ids = [...planned.rounds.flatMap(({ places }) => places), ...planned.left.map(({ place }) => place)].map(({ id }) => id);
      expect(ids.toSorted()).toEqual(list.map(({ id }) => id).toSorted());
    }),
  );
});
