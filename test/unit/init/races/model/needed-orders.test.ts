import { expect, test } from 'vitest';
import { analyse } from '../../../../../src/init/races/model/analyse.ts';
import { type Actor, boot } from './boot.ts';

const behind = (name: string) => ({ header: { 'Required-Start': name } });

function neededOf(does: (a: Actor, b: Actor, c: Actor) => void): readonly string[] {
  const trace = boot((begin) => {
    does(begin('rc2.d/S01', 'a'), begin('rc2.d/S02', 'b', behind('a')), begin('rc2.d/S03', 'c', behind('b')));
  });
  return analyse([trace]).neededOrders.map((pair) => pair.join(' '));
}

test('an order is needed when something is made and used, also over another script in between', () => {
  expect(
    neededOf((a, b, c) => {
      a.write('/run/x', true).exit();
      b.look('/run/nothing-of-it').exit();
      c.read('/run/x').exit();
    }),
  ).toEqual(['a c']);
});
test('an order is not needed when both only look, or do what a rule calls harmless', () => {
  expect(
    neededOf((a, b) => {
      a.mkdirP('/run/d/e').read('/etc/passwd').exit();
      b.mkdirP('/run/d/e', -17).read('/etc/passwd');
    }),
  ).toEqual([]);
});
test('scripts that no header orders are none of it: they race', () => {
  const trace = boot((begin) => {
    begin('rc2.d/S01', 'a').write('/run/x', true);
    begin('rc2.d/S01', 'b').read('/run/x');
  });
  expect(analyse([trace])).toMatchObject({ neededOrders: [], findings: [{ scripts: ['a', 'b'] }] });
});
