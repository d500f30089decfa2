import { describe, expect, test } from 'vitest';
import { changeDaemon, findDaemon, newDaemon, unwanted } from '../../../../src/init/health/daemon-state.ts';
import type { BootState } from '../../../../src/sys/boot-state.ts';

const empty: BootState = { version: 1, agentStarts: 1, phases: [], tiers: [], health: [], overrides: [], problems: [] };
const stop = (daemon: Parameters<typeof unwanted>[0]) => unwanted(daemon, 'lifeboot stop', 9);

describe('changeDaemon()', () => {
  test('changes the one that is named', () => {
    const state = { ...empty, monitor: { daemons: [newDaemon('a', 'daemon', 1), newDaemon('b', 'daemon', 1)] } };
    const changed = changeDaemon(state, 'b', stop);
    expect(findDaemon(changed.monitor, 'b')).toMatchObject({ wanted: false, sinceMs: 9 });
    expect(findDaemon(changed.monitor, 'a')).toEqual(newDaemon('a', 'daemon', 1));
  });

  test('leaves a state alone that knows no such script, or no monitor', () => {
    expect(changeDaemon(empty, 'a', stop)).toBe(empty);
    const state = { ...empty, monitor: { daemons: [newDaemon('a', 'daemon', 1)] } };
    expect(changeDaemon(state, 'b', stop)).toBe(state);
  });
});
