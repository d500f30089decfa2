import assert from 'node:assert/strict';
import { checkDisk } from '../disk.ts';
import type { Scenario } from './scenario.ts';
import { DOWN_MS, expectVerdict, LOGIN_MS } from './steps.ts';

export const poweroffClean: Scenario = {
  name: 'poweroff-clean',
  story: 'poweroff on the running server stops the services in reverse, unmounts the root and leaves it clean.',
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    await using machine = await start(disk);
    await expectVerdict(machine, 'good');
    await machine.waitDoor('server', LOGIN_MS);
    say('poweroff, typed on the server itself');
    await machine.ssh(['sh', '-c', 'echo written before the end >/root/last; poweroff'], { door: 'server', deadlineMs: LOGIN_MS });
    await machine.console.waitEvent({ subject: 'boot', name: 'poweroff', what: 'started' }, { deadlineMs: LOGIN_MS });
    await machine.ended(DOWN_MS);
    assert.ok(
      machine.console.lines.some(({ text }) => /reboot: Power down/.test(text)),
      'the kernel switched the power off',
    );
    const after = await checkDisk(disk);
    assert.equal(after.code, 0, after.output);
    assert.equal(after.superblock.get('Filesystem state'), 'clean');
    assert.doesNotMatch(after.superblock.get('Filesystem features') ?? '', /needs_recovery/, 'unmounted, not merely synced');
  },
};
