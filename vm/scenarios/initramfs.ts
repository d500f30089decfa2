import assert from 'node:assert/strict';
import { withInitramfs } from '../initramfs-file.ts';
import type { Scenario } from './scenario.ts';
import {
  assertOrder,
  bootState,
  DOOR_MS,
  expectModulesFreed,
  expectStatus,
  expectVerdict,
  kernelBootId,
  LOGIN_MS,
  operate,
} from './steps.ts';

export const initramfsMode: Scenario = {
  name: 'initramfs-mode',
  story:
    'lifeboot is the initramfs: the door opens before any disk is looked at, the root is found by its label, checked before it is first mounted, and entered.',
  async run({ overlay, start, say, boot, image, root }) {
    await using disk = await overlay();
    await using machine = await start(disk, { boot: await withInitramfs(boot, image, root), rootWord: 'LABEL=root' });
    say(`rescue answers after ${((await machine.waitDoor('rescue', DOOR_MS)) / 1000).toFixed(1)} s`);
    await expectVerdict(machine, 'good');
    const phases = ['find-root', 'release-root', 'check-root', 'mount-root', 'enter-root', 'early-tiers', 'tiers'];
    assertOrder(machine, ['rescue sshd: listening', ...phases.map((name) => `phase ${name}: done`), 'verdict boot: good']);
    const state = await bootState(machine);
    assert.equal(state.agentStarts, 1);
    const facts = await machine.sh('cat /run/lifeboot/stage1; awk \'$5 == "/" { print $9, $10 }\' /proc/self/mountinfo; free -m', {
      deadlineMs: LOGIN_MS,
    });
    say(facts);
    assert.match(facts, /^mode=initramfs$/m);
    assert.match(facts, /^root_source=\/dev\/vda\nroot_fstype=ext4$/m);
    say(await expectModulesFreed(machine));
    assert.match(await expectStatus(machine, 0), /good/);
    const bootId = await kernelBootId(machine);
    assert.match(bootId, /^[0-9a-f-]{36}\n$/);
    assert.equal(machine.console.lines.filter(({ text }) => /\bLinux version \d/.test(text)).length, 1, 'one kernel boot');
  },
};

export const initramfsNoDisk: Scenario = {
  name: 'initramfs-no-disk',
  story: 'No disk at all: rescue answers, the boot is held with the list of what is there, and looks again when told to.',
  async run({ start, say, boot, image, root }) {
    await using machine = await start(undefined, {
      boot: await withInitramfs(boot, image, root),
      rootWord: 'LABEL=root',
      cmdline: ['rootdelay=1'],
    });
    say(`rescue answers after ${((await machine.waitDoor('rescue', DOOR_MS)) / 1000).toFixed(1)} s`);
    const hold = { subject: 'hold', name: 'find-root', what: 'held' };
    const first = await machine.console.waitEvent(hold, { deadlineMs: DOOR_MS });
    assert.match(first.detail, /LABEL=root did not appear/);
    assert.match(await expectStatus(machine, 3), /no block device is there/);
    const since = machine.console.events.length;
    await operate(machine, 'retry');
    await machine.console.waitEvent(hold, { deadlineMs: DOOR_MS, since });
    say(await machine.sh('free -m; df -m /', { deadlineMs: LOGIN_MS }));
  },
};
