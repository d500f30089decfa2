import assert from 'node:assert/strict';
import type { Scenario } from './scenario.ts';
import {
  assertBarriers,
  assertOrder,
  assertServicesWell,
  bootState,
  DOOR_MS,
  expectStatus,
  expectVerdict,
  LOGIN_MS,
  operate,
} from './steps.ts';

export const clean: Scenario = {
  name: 'clean',
  story: 'A healthy server boots: the door opens first, the root is checked and entered, the tiers come up in order, the verdict is good.',
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    await using machine = await start(disk);
    await machine.waitDoor('rescue', DOOR_MS);
    await expectVerdict(machine, 'good');
    const order = ['release-root', 'check-root', 'mount-root', 'enter-root', 'early-tiers', 'tiers'].map((name) => `phase ${name}: done`);
    assertOrder(machine, ['rescue sshd: listening', ...order, 'verdict boot: good']);
    assertBarriers(machine);

    assert.deepEqual(machine.console.eventsLike({ subject: 'rescue', name: 'console' }), [], 'no shell on a console unless asked for');

    say('asking the machine itself');
    const state = await bootState(machine);
    assert.equal(state.verdict?.outcome, 'good');
    assert.equal(state.agentStarts, 1);
    assertServicesWell(state);
    assert.match(await expectStatus(machine, 0), /good/);
    assert.match(await operate(machine, 'status', '--json'), /"outcome": ?"good"/);

    const kernelLog = await machine.sh('dmesg', { deadlineMs: LOGIN_MS });
    assert.match(kernelLog, /lifeboot: [\d.]+ phase check-root: done/, "the kernel's log has the events");
    const syslog = await machine.sh('until grep -h "verdict boot: good" /var/log/syslog; do sleep 0.2; done', { deadlineMs: LOGIN_MS });
    assert.match(syslog, /lifeboot: [\d.]+ verdict boot: good/, 'and so has syslog');

    say("logging in over the server's own sshd");
    await machine.waitDoor('server', LOGIN_MS);
    const seen = await machine.sh('cat /etc/debian_version; findmnt -no OPTIONS / 2>/dev/null || grep " / " /proc/mounts', {
      door: 'server',
      deadlineMs: LOGIN_MS,
    });
    assert.match(seen, /^12\.\d+\n/);
    assert.match(seen, /\brw\b/);
  },
};
