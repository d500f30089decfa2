import { describe, expect, test } from 'vitest';
import { changeDaemon, findDaemon, newDaemon, unwanted, wantedAgain } from '../../../../src/init/health/daemon-state.ts';
import { runMonitor } from '../../../../src/init/health/monitor.ts';
import { planWatched } from '../../../../src/init/health/watched.ts';
import type { InitScript } from '../../../../src/init/init-script.ts';
import { parseLsbHeader } from '../../../../src/init/lsb-header.ts';
import type { BootState, ScriptState } from '../../../../src/sys/boot-state.ts';
import type { OnUnhealthy } from '../../../../src/sys/unhealthy-policy.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

function script(name: string, ...lines: readonly string[]): InitScript {
  const text = ['### BEGIN INIT INFO', `Provides: ${name}`, ...lines, '### END INIT INFO'].map((line) =>
    `# ${line}`.replace('# ###', '###'),
  );
  const { header } = parseLsbHeader(text.join('\n'), { name, file: name });
  if (header === undefined) throw new Error('the header of this test is not one');
  return { name, path: `/etc/init.d/${name}`, header };
}
const limits = {
  delayMs: 1000,
  maxDelayMs: 8000,
  limit: 3,
  windowMs: 600_000,
  atOnce: 2,
  stormSize: 4,
  stormWindowMs: 10_000,
  pauseMs: 30_000,
};
const redis = script('redis', 'X-Health-Check: tcp:6379');
const web = script('web', 'Required-Start: redis', 'X-Health-Check: tcp:80');
const up = { ok: true, answer: '' } as const;
const refused = { ok: false, why: 'refused' } as const;

/** A monitor at work over a state of its own, until `endMs`. */
function watch(
  sys: FakeSys,
  scripts: readonly InitScript[],
  { fallback = 'restart' as OnUnhealthy, daemon = (each: ReturnType<typeof newDaemon>) => each } = {},
) {
  const rows: readonly ScriptState[] = scripts.map(({ name }) => ({ name, status: 'started', startedMs: 0 }));
  const world = {
    state: {
      version: 1,
      agentStarts: 1,
      phases: [],
      tiers: [{ name: 'rc2.d/S01', status: 'done', scripts: rows }],
      health: [{ script: 'redis', check: 'tcp:6379', healthy: true, detail: '' }],
      overrides: [],
      problems: [],
      monitor: { daemons: scripts.map(({ name }) => daemon({ ...newDaemon(name, 'daemon', 500), health: 'healthy' })) },
    } as BootState,
    writes: 0,
    restarts: [] as string[],
    left: true,
    restart: async (_: string): Promise<string | undefined> => undefined,
  };
  const end = new AbortController();
  const watched = planWatched(world.state.monitor ?? { daemons: [] }, scripts, fallback);
  const running = runMonitor({
    sys,
    watched,
    state: () => world.state,
    change: async (change) => {
      world.state = change(world.state);
      world.writes += 1;
    },
    rules: { limits, policyOf: (name) => watched.find((each) => each.script === name)?.policy ?? 'ignore' },
    periodMs: 10_000,
    hasProcesses: async () => world.left,
    restart: async (name, count) => {
      world.restarts.push(`${Math.round(sys.uptimeMs() / 100) * 100} ${name} ${count}`);
      return world.restart(name);
    },
    signal: end.signal,
  });
  const daemonOf = (name: string) => findDaemon(world.state.monitor, name);
  return {
    world,
    daemonOf,
    set: (row: Partial<ScriptState>) => {
      world.state = {
        ...world.state,
        tiers: world.state.tiers.map((tier) => ({ ...tier, scripts: tier.scripts.map((each) => ({ ...each, ...row })) })),
      };
    },
    async until(ms: number) {
      sys.clock.auto = false;
      await sys.advance(ms - sys.uptimeMs());
      for (let turn = 0; turn < 20; turn += 1) await sys.advance(0);
    },
    async [Symbol.asyncDispose]() {
      end.abort();
      sys.clock.auto = true;
      await running;
    },
  };
}

describe('runMonitor()', () => {
  test('looks with its period, writes nothing while all is well, and wakes for all of them at once', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:6379', up).reachable('127.0.0.1:80', up);
    await using monitor = watch(sys, [redis, web]);
    await monitor.until(100_000);
    expect(monitor.world.writes).toBe(0);
    expect(sys.events).toEqual([]);
  });

  test('sees a service that stays down within its period and three attempts, restarts it, and tells whom it concerns', async () => {
    const sys = new FakeSys()
      .reachable('127.0.0.1:6379', up, { times: 1 })
      .reachable('127.0.0.1:6379', refused, { times: 4 })
      .reachable('127.0.0.1:6379', up)
      .reachable('127.0.0.1:80', up);
    await using monitor = watch(sys, [redis, web]);
    await monitor.until(22_500);
    expect(monitor.daemonOf('redis')).toMatchObject({
      health: 'unhealthy',
      nextRestartMs: 23_000,
      reason: 'tcp:6379: refused, 3 attempts',
    });
    expect(monitor.world.state.health).toMatchObject([{ healthy: false, detail: 'refused, 3 attempts' }]);
    await monitor.until(60_000);
    expect(monitor.world.restarts).toEqual(['23000 redis 1']);
    expect(sys.events).toEqual([
      'health redis unhealthy',
      'health web affected',
      'health redis restarting',
      'health redis restarted',
      'health redis recovered',
    ]);
    expect(monitor.daemonOf('redis')).toMatchObject({ health: 'healthy', restarts: 1 });
    expect(monitor.world.state.health).toMatchObject([{ healthy: true }]);
  });

  test('calls a restart off when the service came back by itself', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:6379', refused, { times: 3 }).reachable('127.0.0.1:6379', up);
    await using monitor = watch(sys, [redis]);
    await monitor.until(60_000);
    expect(monitor.world.restarts).toEqual([]);
    expect(sys.events).toEqual(['health redis unhealthy', 'health redis recovered']);
  });

  test('restarts with a longer wait each time, and gives up at the limit', async () => {
    const sys = new FakeSys();
    await using monitor = watch(sys, [script('lazy', 'X-Health-Check: process attempts=1')]);
    monitor.world.left = false;
    await monitor.until(200_000);
    expect(monitor.world.restarts).toEqual(['11000 lazy 1', '13000 lazy 2', '17000 lazy 3']);
    expect(monitor.daemonOf('lazy')).toMatchObject({ degraded: true, restarts: 3 });
    expect(sys.events.at(-1)).toBe('health lazy degraded');
  });

  test('says why a restart did not end well, and goes on', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:6379', refused, { times: 4 }).reachable('127.0.0.1:6379', up);
    await using monitor = watch(sys, [redis]);
    monitor.world.restart = async () => 'failed: exit 1';
    await monitor.until(60_000);
    expect(sys.events.slice(1)).toEqual([
      'health redis restarting',
      'health redis not-restarted',
      'health redis unhealthy',
      'health redis recovered',
    ]);
  });

  test('leaves alone what was stopped on purpose, and watches it again once it is started', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:6379', refused);
    await using monitor = watch(sys, [redis]);
    monitor.set({ status: 'stopped', by: 'lifeboot stop' });
    await monitor.until(60_000);
    expect(monitor.daemonOf('redis')).toMatchObject({ wanted: false, reason: 'stopped by lifeboot stop' });
    expect([monitor.world.restarts, sys.events]).toEqual([[], []]);
    monitor.set({ status: 'started', startedMs: 61_000, by: 'service redis start' });
    await monitor.until(130_000);
    expect(monitor.daemonOf('redis')?.wanted).toBe(true);
    expect(monitor.world.restarts[0]).toMatch(/ redis 1$/);
  });

  test('looks away while somebody is at it', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:6379', refused);
    await using monitor = watch(sys, [redis]);
    monitor.set({ status: 'starting', by: 'lifeboot restart' });
    await monitor.until(60_000);
    expect(sys.events).toEqual([]);
  });

  test('joins the restart that an earlier agent began, with the same count', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:6379', up);
    await using monitor = watch(sys, [redis], {
      daemon: (each) => ({ ...each, health: 'unhealthy', restarts: 2, recentRestartsMs: [100, 600], restartingMs: 600 }),
    });
    await monitor.until(30_000);
    expect(monitor.world.restarts).toEqual(['1000 redis 2']);
    expect(sys.events).toEqual(['health redis restarted', 'health redis recovered']);
  });

  test('only tells of a check that is merely wanted', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:80', refused);
    await using monitor = watch(sys, [script('web', 'X-Health-Check: tcp:80 wanted')]);
    await monitor.until(60_000);
    expect([monitor.world.restarts, sys.events]).toEqual([[], ['health web unhealthy']]);
    expect(monitor.daemonOf('web')?.degraded).toBeUndefined();
  });

  test('tells of a wanted check beside a required one, and leaves the script what it is', async () => {
    const sys = new FakeSys()
      .reachable('127.0.0.1:80', up)
      .reachable('127.0.0.1:443', refused, { times: 3 })
      .reachable('127.0.0.1:443', up);
    await using monitor = watch(sys, [script('web', 'X-Health-Check: tcp:80', 'X-Health-Check: tcp:443 wanted')]);
    await monitor.until(60_000);
    expect(sys.events).toEqual(['health web unhealthy', 'health web healthy']);
    expect(monitor.daemonOf('web')?.health).toBe('healthy');
  });

  test('rests while restarts wait for room', async () => {
    const names = ['a', 'b', 'c'];
    const sys = new FakeSys();
    await using monitor = watch(
      sys,
      names.map((name) => script(name, 'X-Health-Check: process')),
    );
    monitor.world.left = false;
    monitor.world.restart = () => new Promise(() => undefined);
    await monitor.until(15_000);
    expect(monitor.world.restarts).toEqual(['11000 a 1', '11000 b 1']);
    const before = monitor.world.writes;
    await monitor.until(100_000);
    expect(monitor.world.writes).toBe(before);
  });

  test('a check that hangs keeps no other waiting', async () => {
    const sys = new FakeSys().reachable('127.0.0.1:80', up, { takesMs: 60_000 }).reachable('127.0.0.1:6379', refused);
    await using monitor = watch(sys, [redis, web]);
    await monitor.until(12_300);
    expect(monitor.daemonOf('redis')?.health).toBe('unhealthy');
  });
});

describe('changeDaemon()', () => {
  const empty: BootState = { version: 1, agentStarts: 1, phases: [], tiers: [], health: [], overrides: [], problems: [] };
  test('changes the one that is named, and nothing where none is', () => {
    const state = { ...empty, monitor: { daemons: [newDaemon('a', 'daemon', 1)] } };
    const stopped = changeDaemon(state, 'a', (daemon) => unwanted(daemon, 'x', 2));
    expect(findDaemon(changeDaemon(stopped, 'a', (daemon) => wantedAgain(daemon, 3)).monitor, 'a')).toEqual(newDaemon('a', 'daemon', 3));
    expect(changeDaemon(state, 'b', (daemon) => unwanted(daemon, 'x', 2))).toBe(state);
  });
});
