import { expect, test } from 'vitest';
import type { Phase } from '../../../src/init/phase.ts';
import { runDownPhases, runPhases } from '../../../src/init/sequence.ts';
import { statusOf } from '../../../src/init/state-store.ts';
import { done, held, type PhaseResult } from '../../../src/sys/phase-result.ts';
import { FakeSys } from '../../fake/fake-sys.ts';
import { contextOn } from './context.ts';

const phase = (
  name: string,
  results: readonly (PhaseResult | Error)[],
  patch: Partial<Phase> = {},
): Phase & { readonly calls: () => number } => {
  let calls = 0;
  return {
    name,
    onFailure: 'hold',
    timeoutMs: 60_000,
    ifSkipped: 'nothing',
    run() {
      const result = results[Math.min(calls, results.length - 1)] ?? done();
      calls += 1;
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
    calls: () => calls,
    ...patch,
  };
};

/** Chooses as soon as the boot is held. */
async function whenHeld(sys: FakeSys, act: () => unknown): Promise<void> {
  while (!sys.events.some((event) => event.endsWith(' held'))) await new Promise((resolve) => setImmediate(resolve));
  while (act() === false) await new Promise((resolve) => setImmediate(resolve));
}

test('runPhases() runs the phases in order and records each', async () => {
  const sys = new FakeSys();
  const context = await contextOn(sys);
  await runPhases([phase('one', [done()]), phase('two', [done('fine')])], context);
  expect(sys.events).toEqual(['phase one started', 'phase one done', 'phase two started', 'phase two done']);
  expect(context.store.current().phases.at(-1)).toMatchObject({ name: 'two', status: 'done', detail: 'fine' });
});

test('runPhases() leaves out what an earlier agent of this boot has done', async () => {
  const sys = new FakeSys();
  await runPhases([phase('one', [done()])], await contextOn(sys));
  const one = phase('one', [done()]);
  const two = phase('two', [done()]);
  await runPhases([one, two], await contextOn(sys));
  expect([one.calls(), two.calls()]).toEqual([0, 1]);
});

test('runPhases() runs a phase again that an earlier agent left running', async () => {
  const sys = new FakeSys();
  const context = await contextOn(sys);
  await context.store.update((state) => ({ ...state, phases: [{ name: 'one', status: 'running' }] }));
  const one = phase('one', [done()]);
  await runPhases([one], await contextOn(sys));
  expect(one.calls()).toBe(1);
});

test('runPhases() holds on failure until the operator retries', async () => {
  const sys = new FakeSys();
  sys.clock.auto = false;
  const context = await contextOn(sys);
  const one = phase('one', [held('broken', ['line of proof']), done()]);
  const running = runPhases([one], context);
  await whenHeld(sys, () => context.operator.choose('retry'));
  await running;
  expect(sys.events).toEqual(['phase one started', 'hold one held', 'hold one resumed', 'phase one started', 'phase one done']);
  expect(sys.lines.join('\n')).toContain('line of proof');
  expect(context.store.current().hold).toBeUndefined();
});

test('runPhases() turns an exception into a hold that names it', async () => {
  const sys = new FakeSys();
  sys.clock.auto = false;
  const context = await contextOn(sys);
  const running = runPhases([phase('one', [new Error('EIO on /dev/vda'), done()])], context);
  await whenHeld(sys, () => context.operator.choose('retry'));
  await running;
  expect(sys.lines.join('\n')).toContain('EIO on /dev/vda');
});

test('runPhases() refuses to continue while the goal is not reached', async () => {
  const sys = new FakeSys();
  sys.clock.auto = false;
  const context = await contextOn(sys);
  const verdicts = ['still dirty', undefined];
  const one = phase('one', [held('broken')], { verify: () => Promise.resolve(verdicts.shift()) });
  const running = runPhases([one], context);
  await whenHeld(sys, () => context.operator.choose('continue'));
  await whenHeld(sys, () => context.operator.choose('continue'));
  await running;
  expect(sys.lines.join('\n')).toContain('cannot continue: still dirty');
  expect(statusOf(context.store.current(), 'one')).toBe('done');
});

test('runPhases() records what the operator skipped', async () => {
  const sys = new FakeSys();
  sys.clock.auto = false;
  const context = await contextOn(sys);
  const running = runPhases([phase('one', [held('broken')])], context);
  await whenHeld(sys, () => context.operator.choose('skip'));
  await running;
  expect(statusOf(context.store.current(), 'one')).toBe('skipped');
  expect(context.store.current().overrides).toEqual(['one skipped by the operator: broken']);
});

test('runPhases() goes on after a failure where the table says so', async () => {
  const sys = new FakeSys();
  const two = phase('two', [done()]);
  await runPhases([phase('one', [held('broken')], { onFailure: 'continue' }), two], await contextOn(sys));
  expect(two.calls()).toBe(1);
  expect(sys.events).toContain('phase one failed');
});

test('runPhases() stops before the phase that lifeboot.hold= names', async () => {
  const sys = new FakeSys();
  sys.clock.auto = false;
  const context = await contextOn(sys, { cmdline: { skip: [], holdBefore: 'check-root', words: [], initArguments: [] } });
  const check = phase('check-root', [done()]);
  const running = runPhases([check], context);
  await whenHeld(sys, () => {
    expect(check.calls()).toBe(0);
    return context.operator.choose('retry');
  });
  await running;
  expect(check.calls()).toBe(1);
});

test('runPhases() leaves the table when the machine is to end', async () => {
  const sys = new FakeSys();
  sys.clock.auto = false;
  const context = await contextOn(sys);
  const two = phase('two', [done()]);
  const running = runPhases([phase('one', [held('broken')]), two], context);
  await whenHeld(sys, () => context.operator.requestEnding({ kind: 'reboot', by: 'test' }));
  await running;
  expect(two.calls()).toBe(0);
  expect(context.store.current().ending).toEqual({ kind: 'reboot', by: 'test' });
});

test('runDownPhases() goes all the way whatever fails', async () => {
  const sys = new FakeSys();
  const last = phase('last', [done()]);
  await runDownPhases([phase('one', [held('busy')]), phase('two', [new Error('no')]), last], await contextOn(sys));
  expect(last.calls()).toBe(1);
  expect(sys.events).toEqual([
    'phase one started',
    'phase one failed',
    'phase two started',
    'phase two failed',
    'phase last started',
    'phase last done',
  ]);
});

test('runDownPhases() leaves out what this ending does not have', async () => {
  const [never, last] = [phase('never', [done()], { when: () => false }), phase('last', [done()], { when: () => true })];
  await runDownPhases([never, last], await contextOn(new FakeSys()));
  expect([never.calls(), last.calls()]).toEqual([0, 1]);
});

test('runPhases() still holds before the phase of lifeboot.hold= when the agent was killed meanwhile', async () => {
  const sys = new FakeSys();
  sys.clock.auto = false;
  const cmdline = { skip: [], holdBefore: 'check-root', words: [], initArguments: [] } as const;
  const first = await contextOn(sys, { cmdline: { ...cmdline, skip: [] } });
  void runPhases([phase('check-root', [done()])], first);
  await whenHeld(sys, () => true);
  const second = await contextOn(sys, { cmdline: { ...cmdline, skip: [] } });
  const check = phase('check-root', [done()]);
  const running = runPhases([check], second);
  await whenHeld(sys, () => {
    expect(check.calls()).toBe(0);
    return second.operator.choose('retry');
  });
  await running;
  expect(check.calls()).toBe(1);
});

test('runPhases() leaves out a phase that is not for this boot', async () => {
  const sys = new FakeSys();
  await runPhases([phase('one', [done()], { when: () => false }), phase('two', [done()], { when: () => true })], await contextOn(sys));
  expect(sys.events).toEqual(['phase two started', 'phase two done']);
});
