import { describe, expect, test } from 'vitest';
import { planRound } from '../../../src/init/soft-reboot.ts';
import type { BootState } from '../../../src/sys/boot-state.ts';

const before: BootState = {
  version: 1,
  agentStarts: 3,
  phases: [
    { name: 'check-root', status: 'done' },
    { name: 'leave-root', status: 'done' },
  ],
  tiers: [{ name: 'rc2.d/S01', status: 'done', scripts: [] }],
  health: [],
  overrides: ['something'],
  problems: ['a fault'],
  ending: { kind: 'soft-reboot', by: 'somebody' },
};

describe('planRound()', () => {
  test('begins a boot that has not begun, and counts it', () => {
    const next = planRound(before, { kind: 'soft-reboot', by: 'somebody', fsck: true }, false);
    expect(next).toEqual({
      version: 1,
      agentStarts: 0,
      phases: [],
      tiers: [],
      health: [],
      overrides: [],
      problems: [],
      round: { count: 1, fsck: true },
    });
    expect(planRound(next, { kind: 'soft-reboot', by: 'x' }, false).round).toMatchObject({ count: 2, fsck: false });
  });

  test('neither releases nor checks a root that was not given back, and says so in the verdict', () => {
    const phases = [{ name: 'leave-root', status: 'failed', detail: '/ busy: sleep (pid 7)' }] as const;
    const next = planRound({ ...before, phases }, { kind: 'soft-reboot', by: 'x' }, true);
    expect(next.phases.map(({ name, status }) => [name, status])).toEqual([
      ['release-root', 'skipped'],
      ['check-root', 'skipped'],
    ]);
    expect(next.overrides).toEqual(['the soft reboot was abandoned, the root was not checked: / busy: sleep (pid 7)']);
  });

  test('checks a root that is free although something else stayed busy', () => {
    const phases = [{ name: 'leave-root', status: 'failed', detail: '/mnt/data busy' }] as const;
    expect(planRound({ ...before, phases }, { kind: 'soft-reboot', by: 'x' }, false)).toMatchObject({ phases: [], overrides: [] });
  });
});
