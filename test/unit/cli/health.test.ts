import { describe, expect, test } from 'vitest';
import { readHealth } from '../../../src/cli/health.ts';
import { formatHealth, healthRows } from '../../../src/cli/health-rows.ts';
import { newDaemon } from '../../../src/init/health/daemon-state.ts';
import type { BootState } from '../../../src/sys/boot-state.ts';
import { paths } from '../../../src/sys/paths.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const state: BootState = {
  version: 1,
  agentStarts: 1,
  phases: [],
  tiers: [],
  health: [{ script: 'redis', check: 'tcp:6379', healthy: false, detail: 'refused' }],
  overrides: [],
  problems: [],
  monitor: {
    daemons: [
      { ...newDaemon('redis', 'daemon', 20_000), health: 'unhealthy', degraded: true, reason: 'tcp:6379: refused', restarts: 5 },
      { ...newDaemon('cron', 'daemon', 5_000), health: 'healthy', check: 'pidfile:/run/cron.pid' },
      { ...newDaemon('web', 'daemon', 70_000), wanted: false, reason: 'stopped by lifeboot stop' },
    ],
  },
};
const event = (uptimeMs: number, what: string, detail?: string, name = 'redis') =>
  JSON.stringify({ uptimeMs, time: '', subject: 'health', name, what, ...(detail === undefined ? {} : { detail }) });

describe('readHealth()', () => {
  test('has nothing to say of a machine that lifeboot did not boot', async () => {
    expect(await readHealth(new FakeSys(), 3)).toBeUndefined();
  });

  test('takes the last events of each script from both event logs', async () => {
    const sys = new FakeSys()
      .file(paths.state, JSON.stringify(state))
      .file(`${paths.events}.1`, `${[1, 2, 3].map((at) => event(at, 'unhealthy', `look ${at}`)).join('\n')}\n`)
      .file(paths.events, `${event(4, 'restarting')}\n${event(5, 'healthy', undefined, 'cron')}\n`);
    const rows = await readHealth(sys, 3);
    expect(rows?.map(({ script, status }) => `${script} ${status}`)).toEqual(['redis degraded', 'cron healthy', 'web stopped']);
    expect(rows?.[0]?.history.map(({ what, detail }) => `${what} ${detail ?? ''}`)).toEqual([
      'unhealthy look 2',
      'unhealthy look 3',
      'restarting ',
    ]);
  });
});

describe('formatHealth()', () => {
  test('shows now and before, with the time of the clock on the wall', () => {
    const events = [
      { uptimeMs: 60_000, subject: 'health', name: 'redis', what: 'unhealthy', detail: 'tcp:6379: refused\x1b[2J', data: {} },
    ];
    expect(formatHealth(healthRows(state, events, 3), 80_000, new Date('2026-01-02T03:04:40Z')).split('\n')).toEqual([
      'redis  degraded for 1 min 0 s: tcp:6379: refused; restarted 5 times  [tcp:6379]',
      '         2026-01-02 03:04:20 unhealthy: tcp:6379: refused?[2J',
      'cron   healthy for 1 min 15 s  [pidfile:/run/cron.pid]',
      'web    stopped for 10 s: stopped by lifeboot stop  []',
    ]);
  });

  test('shows what the checks said while the boot is not over', () => {
    const { monitor: _, ...booting } = state;
    expect(healthRows(booting, [], 3)).toMatchObject([{ script: 'redis', status: 'unhealthy' }]);
    expect(formatHealth([], 0, new Date(0))).toContain('nothing is watched');
  });
});
