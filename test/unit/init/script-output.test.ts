import { describe, expect, test } from 'vitest';
import { lastLines, OUTPUT_LIMIT_BYTES, planLines, trimOutputs } from '../../../src/init/script-output.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { paths } from './scripted-runs.ts';

test.each([
  ['', []],
  ['a\n\nb\n', ['a', 'b']],
  ['a\r\nb\rc', ['b', 'c']],
  ['\x1b[1;31mred\x1b[0m \x1b(Bplain\x07\n', ['red plain']],
  ['x'.repeat(300), [`${'x'.repeat(199)}…`]],
])('planLines() makes %j fit for a person', (text, lines) => {
  expect(planLines(text, 2)).toEqual(lines);
});

describe('lastLines()', () => {
  test('is empty without output', async () => {
    expect(await lastLines(new FakeSys(), paths, 'a.start', 10)).toEqual([]);
  });

  test('reads only the end of a long output', async () => {
    const file = `${paths.output}/a.start`;
    const sys = new FakeSys().file(file, 'x\n'.repeat(50_000)).answer(`${paths.busybox} tail -c 8000 ${file}`, { stdout: 'y\nz\n' });
    expect(await lastLines(sys, paths, 'a.start', 10)).toEqual(['y', 'z']);
  });
});

test('trimOutputs() cuts only what is too long, and keeps its end', async () => {
  const file = `${paths.output}/a.start`;
  const sys = new FakeSys()
    .file(file, 'x'.repeat(OUTPUT_LIMIT_BYTES + 1))
    .file(`${paths.output}/b.start`, 'short')
    .answer(`${paths.busybox} tail -c 65536 ${file}`, { stdout: 'the end' })
    .answer(`${paths.busybox} truncate -s 0 ${file}`, {}, { effect: (world) => world.file(file, '') });
  expect(await trimOutputs(sys, paths)).toEqual(['a.start']);
  expect(await sys.readText(`${file}.last`)).toBe('the end');
  expect(await trimOutputs(sys, paths)).toEqual([]);
});
