import assert from 'node:assert/strict';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, bootState, DOOR_MS, LOGIN_MS } from './steps.ts';

export const wrongClock: Scenario = {
  name: 'wrong-clock',
  story:
    'The battery of the clock is empty, it is 1980: the clock is moved up to what is known, and the root is not checked in full for it.',
  async run({ overlay, start }) {
    await using disk = await overlay();
    await using machine = await start(disk, { clock: '1980-01-01T00:00:00' });
    const moved = await machine.console.waitEvent({ subject: 'phase', name: 'check-root', what: 'clock' }, { deadlineMs: BOOT_MS });
    assert.match(moved.detail, /^the clock was behind: set from 1980-01-01T\S+ to 20\d\d-/);
    await machine.console.waitEvent({ subject: 'phase', name: 'mount-root', what: 'done' }, { deadlineMs: BOOT_MS });
    await machine.waitDoor('rescue', DOOR_MS);
    const log = await machine.sh('cat /run/lifeboot/fsck.log', { deadlineMs: LOGIN_MS });
    assert.match(log, /: clean, /);
    assert.doesNotMatch(log, /in the future|check forced/);
    const year = Number(await machine.sh('date -u +%Y', { deadlineMs: LOGIN_MS }));
    assert.ok(year >= 2026, `it is ${year}`);
    const check = (await bootState(machine)).phases.find(({ name }) => name === 'check-root');
    assert.equal(check?.status, 'done');
  },
};
