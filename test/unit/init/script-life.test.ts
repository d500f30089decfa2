import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canFollow, type ScriptEvent, scriptEvents, scriptLife } from '../../../src/init/script-life.ts';
import { withScript } from '../../../src/init/tier-state.ts';
import type { ScriptStatus } from '../../../src/sys/boot-state.ts';

const statuses = Object.keys(scriptLife) as ScriptStatus[];
const life: Readonly<Record<ScriptStatus, Readonly<Partial<Record<ScriptEvent, ScriptStatus>>>>> = scriptLife;
const next = (status: ScriptStatus, event: ScriptEvent): ScriptStatus | undefined => life[status][event];
const stateOf = (status: ScriptStatus) => [{ name: 'rc2.d/S01', status: 'running' as const, scripts: [{ name: 'a', status }] }];

/** Every status with every event, written out a second time: a change of the table is a decision. */
const expected: Readonly<Record<ScriptStatus, readonly string[]>> = {
  //            start       stop        ok         nothing    failure   late         skip       replace     retry
  waiting: ['starting', 'stopping', '-', '-', 'failed', '-', 'skipped', 'built-in', '-'],
  starting: ['starting', 'stopping', 'started', 'skipped', 'failed', 'timed-out', '-', '-', '-'],
  started: ['starting', 'stopping', '-', '-', '-', '-', '-', '-', '-'],
  failed: ['starting', 'stopping', '-', '-', '-', '-', '-', '-', 'waiting'],
  'timed-out': ['starting', 'stopping', '-', '-', '-', '-', '-', '-', 'waiting'],
  skipped: ['starting', '-', '-', '-', '-', '-', '-', '-', 'waiting'],
  'built-in': ['-', '-', '-', '-', '-', '-', '-', '-', '-'],
  stopping: ['-', 'stopping', 'stopped', 'stopped', 'failed', 'timed-out', '-', '-', '-'],
  stopped: ['starting', 'stopping', '-', '-', '-', '-', '-', '-', '-'],
};

describe('scriptLife', () => {
  test.each(statuses)('of a script that is %s: every event', (status) => {
    expect(scriptEvents.map((event) => next(status, event) ?? '-')).toEqual(expected[status]);
  });

  test('leads everywhere from waiting, and a script that ran can always be stopped', () => {
    const reached = new Set<ScriptStatus>(['waiting']);
    for (const status of reached) for (const to of Object.values(life[status])) reached.add(to);
    expect([...reached].toSorted()).toEqual(statuses.toSorted());
    for (const status of ['starting', 'started', 'failed', 'timed-out', 'stopped'] as const) expect(next(status, 'stop')).toBe('stopping');
  });

  test('a run that began comes to an end by every way a run can end', () => {
    for (const status of ['starting', 'stopping'] as const) {
      for (const event of ['ok', 'nothing', 'failure', 'late'] as const) expect(next(status, event)).toBeDefined();
    }
  });
});

describe('withScript()', () => {
  test.each(statuses.flatMap((from) => statuses.map((to) => ({ from, to }))))(
    'from $from to $to only if some event leads there',
    ({ from, to }) => {
      const after = withScript(stateOf(from), 'rc2.d/S01', 'a', { status: to, detail: 'why' });
      expect(after[0]?.scripts[0]?.status).toBe(canFollow(from, to) ? to : from);
    },
  );

  test('any row of patches leaves a script on a way through the table', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...statuses), { maxLength: 30 }), (patches) => {
        let tiers = stateOf('waiting') as ReturnType<typeof withScript>;
        for (const status of patches) {
          const before = tiers[0]?.scripts[0]?.status ?? 'waiting';
          tiers = withScript(tiers, 'rc2.d/S01', 'a', { status });
          const after = tiers[0]?.scripts[0]?.status ?? 'waiting';
          expect(after === before || Object.values(life[before]).includes(after)).toBe(true);
        }
      }),
    );
  });
});
