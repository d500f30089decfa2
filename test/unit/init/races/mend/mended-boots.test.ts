import { expect, test } from 'vitest';
import { faultsOfBoots } from '../../../../../src/init/races/mend/mended-boots.ts';
import type { TracedScript } from '../../../../../src/init/races/trace/trace.ts';

const script = (name: string, more: Partial<TracedScript> = {}): TracedScript => ({
  name,
  path: `/etc/init.d/${name}`,
  pid: 7,
  exitCode: 0,
  sha256: 'x',
  header: {},
  ...more,
});
const boot = (name: string, ...scripts: readonly TracedScript[]) => ({ name, tiers: [{ name: 'rc2.d/S10', scripts }] });
const pair = { scripts: ['a', 'b'] as const };
const faults = (before: readonly ReturnType<typeof boot>[], after: readonly ReturnType<typeof boot>[], key = 'Should-Start') =>
  faultsOfBoots(pair, { edits: [{ script: 'b', key, value: 'a' }] }, { before, after });

test('faultsOfBoots() tells of a script that fails in the copy, but not of one that always failed, or that lifeboot stands in for', () => {
  const bad = [boot('boot-1', script('a'), script('b')), boot('boot-2', script('a'), script('b', { exitCode: 3 }))];
  expect(faults([boot('boot-1', script('b'))], bad)).toEqual(['with it b exits with 3 (boot-2)']);
  expect(faults([], bad)).toHaveLength(1);
  expect(faults([boot('boot-1', script('b', { exitCode: 1 }))], bad)).toEqual([]);
  const { pid: _, exitCode: __, ...builtIn } = script('b');
  expect(faults([], [boot('boot-1', script('a'), builtIn)])).toEqual([]);
});
test('faultsOfBoots() tells of a daemon that never says that it is ready', () => {
  expect(faults([], [boot('boot-1', script('b'))], 'X-Ready')).toEqual(['b never said that it was ready (boot-1)']);
  expect(faults([], [boot('boot-1', script('b', { readyUs: 5 }))], 'X-Ready')).toEqual([]);
});
