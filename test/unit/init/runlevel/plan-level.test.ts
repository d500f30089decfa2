import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planLevel, withAllEnded, withLevelTiers } from '../../../../src/init/runlevel/plan-level.ts';
import type { Tiers } from '../../../../src/init/tier-state.ts';
import type { ScriptStatus } from '../../../../src/sys/boot-state.ts';
import { tier } from '../scripted-runs.ts';

const state = (name: string, rows: Readonly<Record<string, ScriptStatus>>) => ({
  name,
  status: 'done' as const,
  scripts: Object.entries(rows).map(([script, status]) => ({ name: script, status })),
});
const show = (tiers: Tiers) =>
  tiers.map(({ name, status, scripts }) => `${name} ${status}: ${scripts.map((row) => `${row.name} ${row.status}`).join(', ')}`);

const up: Tiers = [
  state('rcS.d/S01', { udev: 'started', rpcbind: 'started', checkfs: 'built-in' }),
  state('rc2.d/S01', { rsyslog: 'started', nginx: 'started', smartd: 'failed', gone: 'skipped' }),
  state('rc2.d/S02', { cron: 'started' }),
];

test('planLevel() stops what K links name and may run, and starts what S links name and is not up', () => {
  const plan = planLevel(
    [tier('rc3.d/K01', 'nginx', 'unknown', 'gone'), tier('rc3.d/K02', 'smartd')],
    [tier('rcS.d/S01', 'udev', 'rpcbind', 'checkfs'), tier('rc3.d/S01', 'rsyslog', 'xdm', 'smartd')],
    up,
  );
  expect(plan).toEqual({ stop: ['nginx', 'unknown', 'smartd'], start: ['xdm', 'smartd'] });
});

test('planLevel() brings a script of rcS.d back that a level has stopped, and runs killprocs and single each time', () => {
  const down: Tiers = [
    state('rcS.d/S01', { udev: 'started', rpcbind: 'stopped', late: 'failed' }),
    state('rc1.d/S01', { killprocs: 'built-in', single: 'built-in' }),
  ];
  expect(planLevel([], [tier('rcS.d/S01', 'udev', 'rpcbind', 'late'), tier('rc2.d/S01', 'nginx')], down).start).toEqual([
    'rpcbind',
    'nginx',
  ]);
  expect(planLevel([], [tier('rc1.d/S01', 'killprocs', 'single')], down).start).toEqual(['killprocs', 'single']);
});

test('withLevelTiers() gives each script one row, and runs only what is to start', () => {
  const starting = [tier('rcS.d/S01', 'udev', 'rpcbind', 'checkfs'), tier('rc3.d/S01', 'rsyslog', 'xdm'), tier('rc3.d/S02', 'cron')];
  expect(show(withLevelTiers(up, starting, ['xdm', 'rpcbind']))).toEqual([
    'rcS.d/S01 waiting: udev started, rpcbind waiting, checkfs built-in',
    'rc2.d/S01 done: nginx started, smartd failed, gone skipped',
    'rc3.d/S01 waiting: rsyslog started, xdm waiting',
    'rc3.d/S02 done: cron started',
  ]);
});

test('withLevelTiers() there and back is where it was', () => {
  const two = [tier('rc2.d/S01', 'rsyslog', 'nginx', 'smartd', 'gone'), tier('rc2.d/S02', 'cron')];
  const there = withLevelTiers(up, [tier('rc3.d/S01', 'cron', 'nginx')], []);
  expect(show(withLevelTiers(there, two, []))).toEqual(show(up));
});

test('withLevelTiers() loses no script and doubles none', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 6 });
  fc.assert(
    fc.property(names, names, names, (before, after, start) => {
      const states = [
        state('rcS.d/S01', { early: 'started' }),
        state('rc2.d/S01', Object.fromEntries(before.map((name) => [name, 'started']))),
      ];
      const next = withLevelTiers(states, [tier('rc2.d/S01', ...after.slice(0, 2)), tier('rc2.d/S02', ...after.slice(2))], start);
      const found = next.flatMap(({ scripts }) => scripts.map(({ name }) => name)).filter((name) => name !== 'early');
      expect(found.toSorted()).toEqual([...new Set([...before, ...after])].toSorted());
    }),
  );
});

test('withAllEnded() leaves rcS.d and the level itself', () => {
  expect(show(withAllEnded(up, ['cron']))).toEqual([
    'rcS.d/S01 done: udev started, rpcbind started, checkfs built-in',
    'rc2.d/S01 done: rsyslog stopped, nginx stopped, smartd stopped, gone skipped',
    'rc2.d/S02 done: cron started',
  ]);
});
