import { expect, test } from 'vitest';
import { makeRescueRows } from '../../../vm/bench/rescue/figures.ts';
import { noSamples } from '../../../vm/bench/rescue/measure.ts';

test('makeRescueRows() judges medians against the aims, and leaves out what was not measured', () => {
  const samples = noSamples();
  samples.lifeboot.login.push(0.3, 0.1, 0.2);
  samples.openssh.login.push(0.2, 0.2, 0.2);
  samples.lifeboot.get.push(5);
  samples.openssh.get.push(1);
  const rows = makeRescueRows(samples).map(({ figure, ratio, met, ours }) => [figure, ours.median, ratio, met]);
  expect(rows).toEqual([
    ['`ssh host true`', 200, 1, 'aim'],
    ['`ssh host true`, p95', 300, 1.5, ''],
    ['sftp get of 100 MB', 5, 5, 'not the aim'],
  ]);
});
