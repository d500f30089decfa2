import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newDaemon, unwanted, wantedAgain } from '../../../../src/init/health/daemon-state.ts';
import {
  type MonitorAction,
  type MonitorRules,
  nextDueMs,
  type Observation,
  planMonitor,
} from '../../../../src/init/health/plan-monitor.ts';
import { type RestartLimits, restartDelay } from '../../../../src/init/health/restart-limits.ts';
import type { MonitorState } from '../../../../src/sys/boot-state.ts';
import type { OnUnhealthy } from '../../../../src/sys/unhealthy-policy.ts';

const limits: RestartLimits = {
  delayMs: 1000,
  maxDelayMs: 60_000,
  limit: 3,
  windowMs: 600_000,
  atOnce: 2,
  stormSize: 4,
  stormWindowMs: 10_000,
  pauseMs: 30_000,
};
const rules = (policy: OnUnhealthy = 'restart'): MonitorRules => ({ limits, policyOf: () => policy });
const machine = (...scripts: readonly string[]): MonitorState => ({ daemons: scripts.map((script) => newDaemon(script, 'daemon', 0)) });
const dead = (script: string): Observation => ({ script, what: 'unhealthy', reason: 'no process 7' });
const well = (script: string): Observation => ({ script, what: 'healthy' });
const restarted = (script: string): Observation => ({ script, what: 'restarted' });
const words = (actions: readonly MonitorAction[]): readonly string[] =>
  actions.map((action) => {
    if (action.kind === 'pause') return `pause ${action.scripts.join(',')}`;
    return action.kind === 'restart' ? `restart ${action.script} ${action.count}` : `${action.what} ${action.script}`;
  });

/** Plans at each time in turn. */
function run(monitor: MonitorState, steps: readonly (readonly [number, readonly Observation[]])[], by = rules()) {
  const told: string[] = [];
  let state = monitor;
  for (const [atMs, seen] of steps) {
    const plan = planMonitor(state, seen, by, atMs);
    state = plan.monitor;
    told.push(...words(plan.actions).map((word) => `${atMs} ${word}`));
  }
  return { state, told };
}

describe('planMonitor()', () => {
  test('restarts what died after the back-off, and tells when it is healthy again', () => {
    const { state, told } = run(machine('redis'), [
      [100, [well('redis')]],
      [5000, [dead('redis')]],
      [5500, []],
      [6000, []],
      [7000, [restarted('redis')]],
      [7100, [well('redis')]],
    ]);
    expect(told).toEqual(['5000 unhealthy redis', '6000 restart redis 1', '7100 recovered redis']);
    expect(state.daemons).toEqual([{ ...newDaemon('redis', 'daemon', 7100), health: 'healthy', restarts: 1, recentRestartsMs: [6000] }]);
  });

  test('changes nothing, not even the object, while what is seen stays the same', () => {
    const first = planMonitor(machine('a', 'b'), [well('a'), dead('b')], rules('ignore'), 1000).monitor;
    expect(planMonitor(first, [well('a'), dead('b'), well('unknown')], rules('ignore'), 2000)).toEqual({ monitor: first, actions: [] });
    expect(planMonitor(first, [well('a'), dead('b')], rules('ignore'), 2000).monitor).toBe(first);
  });

  test('gives up at the limit, tells so, and begins anew when somebody starts it', () => {
    let state = machine('redis');
    const told: string[] = [];
    const step = (atMs: number, ...seen: readonly Observation[]) => {
      const plan = planMonitor(state, seen, rules(), atMs);
      state = plan.monitor;
      told.push(...words(plan.actions));
    };
    for (let round = 0; round < 5; round += 1) {
      step(round * 10_000, dead('redis'));
      step(round * 10_000 + 9000);
      step(round * 10_000 + 9500, restarted('redis'));
    }
    expect(told.filter((word) => word.startsWith('restart '))).toEqual(['restart redis 1', 'restart redis 2', 'restart redis 3']);
    expect(told.at(-1)).toBe('degraded redis');
    expect(state.daemons[0]).toMatchObject({ health: 'unhealthy', degraded: true, reason: 'no process 7' });
    state = { daemons: state.daemons.map((daemon) => wantedAgain(daemon, 60_000)) };
    step(61_000, dead('redis'));
    step(62_000);
    expect(told.at(-1)).toBe('restart redis 4');
  });

  test('counts only the restarts of the window against the limit', () => {
    const { told } = run(machine('a'), [
      [0, [dead('a')]],
      [1000, []],
      [1500, [restarted('a')]],
      [700_000, [well('a')]],
      [800_000, [dead('a')]],
      [801_000, []],
    ]);
    expect(told.at(-1)).toBe('801000 restart a 2');
  });

  test.each<[OnUnhealthy, readonly string[], boolean | undefined]>([
    ['degrade', ['0 unhealthy a', '0 degraded a'], true],
    ['ignore', ['0 unhealthy a'], undefined],
  ])('policy %s restarts nothing', (policy, words, degraded) => {
    const { state, told } = run(
      machine('a'),
      [
        [0, [dead('a')]],
        [100_000, [dead('a')]],
      ],
      rules(policy),
    );
    expect(told).toEqual(words);
    expect(state.daemons[0]?.degraded).toBe(degraded);
  });

  test('runs as many restarts at once as may be, in the order of the plan', () => {
    const { told } = run(machine('db', 'web', 'mail'), [
      [0, [dead('mail'), dead('web'), dead('db')]],
      [1000, []],
      [2000, []],
      [3000, [restarted('db')]],
    ]);
    const busy = planMonitor(
      planMonitor(machine('db', 'web', 'mail'), [dead('db'), dead('web'), dead('mail')], rules(), 0).monitor,
      [],
      rules(),
      1000,
    );
    // Nothing is due while there is no room: who waits is woken by the end of another.
    expect(nextDueMs(busy.monitor, limits)).toBe(Number.POSITIVE_INFINITY);
    expect(told.slice(3)).toEqual(['1000 restart db 1', '1000 restart web 1', '3000 restart mail 1']);
  });

  test('pauses when many die together, and goes on after it', () => {
    const { state, told } = run(machine('a', 'b', 'c', 'd'), [
      [0, [dead('a'), dead('b')]],
      [900, [dead('c'), dead('d')]],
      [5000, []],
      [30_899, []],
    ]);
    expect(told.slice(4)).toEqual(['900 pause a,b,c,d']);
    expect(nextDueMs(state, limits)).toBe(30_900);
    expect(words(planMonitor(state, [], rules(), 30_900).actions)).toEqual(['restart a 1', 'restart b 1']);
  });

  test('takes a restart that did not end well as a fall', () => {
    const { state, told } = run(machine('a'), [
      [0, [dead('a')]],
      [1000, []],
      [1500, [{ script: 'a', what: 'not-restarted', reason: 'failed: exit 1' }]],
    ]);
    expect(told.at(-1)).toBe('1500 unhealthy a');
    expect(state.daemons[0]).toMatchObject({ health: 'unhealthy', reason: 'restart failed: exit 1', nextRestartMs: 3500 });
  });

  test('leaves alone what was stopped on purpose, even when its restart was planned', () => {
    const fallen = planMonitor(machine('a'), [dead('a')], rules(), 0).monitor;
    const stopped = { daemons: fallen.daemons.map((daemon) => unwanted(daemon, 'lifeboot stop', 500)) };
    const { told } = run(stopped, [
      [1000, []],
      [2000, [dead('a')]],
      [90_000, [dead('a')]],
    ]);
    expect(told).toEqual([]);
    expect(stopped.daemons[0]).toMatchObject({ wanted: false, reason: 'lifeboot stop', sinceMs: 500 });
  });

  test('calls a restart off when it is healthy before it is due', () => {
    const { told } = run(machine('a'), [
      [0, [dead('a')]],
      [500, [well('a')]],
      [5000, []],
    ]);
    expect(told).toEqual(['0 unhealthy a', '500 recovered a']);
  });
});

describe('restartDelay()', () => {
  test('doubles up to the longest, and ends at the limit', () => {
    const wide = { ...limits, limit: 10 };
    expect([0, 1, 2, 5, 6, 9, 10].map((recent) => restartDelay(recent, wide))).toEqual([
      1000,
      2000,
      4000,
      32_000,
      60_000,
      60_000,
      undefined,
    ]);
  });
});

test('whatever is seen, restarts keep their limits, waits grow, and nothing unwanted is started', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const step = fc.record({
    afterMs: fc.integer({ min: 0, max: 20_000 }),
    script: fc.constantFrom(...names),
    what: fc.constantFrom('healthy', 'unhealthy', 'restarted', 'not-restarted', 'stop', 'start', 'nothing'),
  });
  const randomLimits = fc.record({
    delayMs: fc.integer({ min: 1, max: 5000 }),
    maxDelayMs: fc.integer({ min: 5000, max: 60_000 }),
    limit: fc.integer({ min: 1, max: 6 }),
    windowMs: fc.integer({ min: 1000, max: 300_000 }),
    atOnce: fc.integer({ min: 1, max: 3 }),
    stormSize: fc.integer({ min: 2, max: 6 }),
    stormWindowMs: fc.integer({ min: 1, max: 20_000 }),
    pauseMs: fc.integer({ min: 1, max: 60_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), randomLimits, (steps, random) => {
      const begun = new Map<string, number[]>();
      const running = new Set<string>();
      const waits = new Map<string, number>();
      let state = machine(...names);
      let nowMs = 0;
      for (const { afterMs, script, what } of steps) {
        nowMs += afterMs;
        const isWanted = new Map(state.daemons.map((daemon) => [daemon.script, daemon.wanted]));
        if (what === 'stop' || what === 'start') {
          const change =
            what === 'stop' ? unwanted : (daemon: MonitorState['daemons'][number], _: string, at: number) => wantedAgain(daemon, at);
          state = { ...state, daemons: state.daemons.map((daemon) => (daemon.script === script ? change(daemon, 'x', nowMs) : daemon)) };
          isWanted.set(script, what === 'start');
          running.delete(script);
          // Somebody's own start begins with a clean slate.
          if (what === 'start') begun.delete(script);
          waits.delete(script);
          continue;
        }
        const seen: Observation[] =
          what === 'nothing' ? [] : [what === 'unhealthy' || what === 'not-restarted' ? { script, what, reason: 'x' } : { script, what }];
        const plan = planMonitor(state, seen, { limits: random, policyOf: () => 'restart' }, nowMs);
        state = plan.monitor;
        if (what === 'restarted' || what === 'not-restarted') running.delete(script);
        for (const action of plan.actions) {
          if (action.kind === 'tell' && action.what === 'unhealthy' && action.inMs !== undefined) {
            const recent = (begun.get(action.script) ?? []).filter((atMs) => atMs > nowMs - random.windowMs).length;
            // As long as nothing leaves the window, each wait is at least as long as the one before.
            if (recent >= (begun.get(action.script) ?? []).length) {
              expect(action.inMs).toBeGreaterThanOrEqual(waits.get(action.script) ?? 0);
              waits.set(action.script, action.inMs);
            }
          }
          if (action.kind !== 'restart') continue;
          expect(isWanted.get(action.script)).toBe(true);
          expect(running.has(action.script)).toBe(false);
          running.add(action.script);
          const all = [...(begun.get(action.script) ?? []), nowMs];
          begun.set(action.script, all);
          expect(all.filter((atMs) => atMs > nowMs - random.windowMs).length).toBeLessThanOrEqual(random.limit);
        }
        expect(running.size).toBeLessThanOrEqual(random.atOnce);
      }
    }),
    { numRuns: 500 },
  );
});
