import assert from 'node:assert/strict';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, bootState, DOOR_MS, expectVerdict, LOGIN_MS, rescuePid } from './steps.ts';

/** What the issue asks for at native speed; an emulated guest gets its slowness on top. */
const BACK_WITHIN_MS = 3000;

export const rescueKilled: Scenario = {
  name: 'rescue-killed',
  story: 'The rescue sshd is killed while tiers start: the door is back within seconds and the boot does not notice.',
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    await using machine = await start(disk);
    await machine.waitDoor('rescue', DOOR_MS);
    await machine.console.waitEvent({ subject: 'tier', name: 'rc2.d/S01', what: 'started' }, { deadlineMs: BOOT_MS });
    const since = machine.console.events.length;
    const pid = await rescuePid(machine);
    say(`kill -9 ${pid}, which is lifeboot rescue`);
    const killedMs = machine.elapsedMs();
    await machine.ssh(['kill', '-9', `${pid}`], { deadlineMs: LOGIN_MS });
    await machine.console.waitEvent({ subject: 'rescue', name: 'sshd', what: 'listening' }, { deadlineMs: LOGIN_MS, since });
    const backMs = (await machine.waitDoor('rescue', LOGIN_MS)) - killedMs;
    say(`the door was back after ${(backMs / 1000).toFixed(1)} s`);
    assert.ok(backMs <= BACK_WITHIN_MS * machine.accelerator.slowness, `the door was back only after ${backMs} ms`);

    await expectVerdict(machine, 'good');
    const state = await bootState(machine);
    assert.equal(state.agentStarts, 1, 'the boot agent never stopped');
    assert.notEqual(await rescuePid(machine), pid, 'another process keeps the door now');
  },
};
