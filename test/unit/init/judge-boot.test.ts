import { describe, expect, test } from 'vitest';
import type { HealthResult } from '../../../src/init/health/check-health.ts';
import { judgeBoot, writeVerdict } from '../../../src/init/judge-boot.ts';
import type { ScriptStatus } from '../../../src/sys/boot-state.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const row = (name: string, status: ScriptStatus, detail?: string) => ({ name, status, ...(detail && { detail }) });
const health = (script: string, healthy: boolean, wanted = false): HealthResult => ({
  script,
  check: 'tcp:1',
  healthy,
  wanted,
  detail: 'refused',
});
const judge = (scripts: readonly ReturnType<typeof row>[], checks: readonly HealthResult[] = [], otherReasons: readonly string[] = []) =>
  judgeBoot({
    tiers: [{ name: 'rc2.d/S01', status: 'done', scripts }],
    health: checks,
    onFailure: (name) => (name === 'optional' ? 'ignore' : 'degrade'),
    otherReasons,
    atMs: 5,
  });

describe('judgeBoot()', () => {
  test('is good when everything is started, skipped or built in, and healthy', () => {
    expect(judge([row('a', 'started'), row('b', 'skipped'), row('c', 'built-in')], [health('a', true)])).toEqual({
      outcome: 'good',
      reasons: [],
      atMs: 5,
    });
  });

  test('gives every reason', () => {
    const verdict = judge(
      [row('a', 'failed', 'exit 1: generic error'), row('b', 'timed-out', 'not done after 90 s'), row('c', 'waiting')],
      [health('d', false)],
      ['check-root was skipped'],
    );
    expect(verdict).toEqual({
      outcome: 'bad',
      reasons: [
        'check-root was skipped',
        'a failed: exit 1: generic error',
        'b timed out: not done after 90 s',
        'c was not started to the end',
        'd is unhealthy: tcp:1: refused',
      ],
      atMs: 5,
    });
  });

  test('is bad for a script that was skipped for want of another, with the whole chain', () => {
    const skipped = { name: 'a', status: 'skipped' as const, detail: 'needs b, which failed (exit 1)', blockedBy: 'b' };
    expect(judge([skipped]).reasons).toEqual(['a was skipped: needs b, which failed (exit 1)']);
  });

  test('passes over scripts that may fail and checks that are only wanted', () => {
    expect(judge([row('optional', 'failed')], [health('a', false, true)]).outcome).toBe('good');
  });
});

test('writeVerdict() writes what everybody may read', async () => {
  const sys = new FakeSys();
  await writeVerdict(sys, judge([]));
  expect(JSON.parse((await sys.readText('/run/lifeboot/verdict.json')) ?? '')).toMatchObject({ outcome: 'good' });
  expect((await sys.facts('/run/lifeboot/verdict.json'))?.mode).toBe(0o644);
});
