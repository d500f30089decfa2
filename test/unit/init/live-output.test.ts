import { expect, test } from 'vitest';
import { showOutputs } from '../../../src/init/live-output.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { paths } from './scripted-runs.ts';

const file = (name: string): string => `${paths.output}/${name}`;

test('showOutputs() shows each whole line once, with its script, and the rest of a line at the end', async () => {
  const sys = new FakeSys().dir(paths.output).file(file('old.start'), 'of an earlier agent\n');
  {
    await using _shown = await showOutputs(sys, paths);
    sys.file(file('a.start'), 'one\n\x1b[31mtw');
    await sys.sleep(2000);
    expect(sys.lines).toEqual(['a: one']);
    sys.file(file('a.start'), 'one\n\x1b[31mtwo\nthree');
    sys.file(file('b.stop'), 'bye\n');
    await sys.sleep(2000);
    expect(sys.lines).toEqual(['a: one', 'a: two', 'b.stop: bye']);
  }
  expect(sys.lines).toEqual(['a: one', 'a: two', 'b.stop: bye', 'a: three']);
});

test('showOutputs() bounds what one script may say at once, and goes on with an output that was cut', async () => {
  const sys = new FakeSys().dir(paths.output);
  await using _shown = await showOutputs(sys, paths);
  sys.file(file('loud.start'), Array.from({ length: 100 }, (_, line) => `${line}\n`).join(''));
  await sys.sleep(2000);
  expect(sys.lines).toHaveLength(41);
  expect([sys.lines[0], sys.lines.at(-1)]).toEqual(['loud: … 60 lines are not shown here', 'loud: 99']);
  sys.file(file('loud.start'), 'anew\n');
  await sys.sleep(2000);
  expect(sys.lines.at(-1)).toBe('loud: anew');
});
