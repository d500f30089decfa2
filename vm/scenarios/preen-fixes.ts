import assert from 'node:assert/strict';
import { checkDisk, debugfs } from '../disk.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, bootState, DOWN_MS, expectVerdict, kernelBootId, LOGIN_MS, operate } from './steps.ts';

export const preenFixes: Scenario = {
  name: 'preen-fixes',
  story: 'Damage that e2fsck repairs by itself is repaired within one boot: no reboot, no person.',
  async run({ copy, start, say }) {
    await using disk = await copy();
    say('damaging the disk: wrong link count, wrong free counts, error flag');
    await debugfs(disk, ['sif /etc/hosts links_count 7', 'ssv free_blocks_count 4711', 'ssv free_inodes_count 4711', 'ssv state 2']);
    assert.equal((await checkDisk(disk)).code & 4, 4, 'the damage is real');

    await using machine = await start(disk);
    const checked = await machine.console.waitEvent({ subject: 'phase', name: 'check-root', what: 'done' }, { deadlineMs: BOOT_MS });
    assert.match(checked.detail, /correct|repair|fix/i, `check-root tells of the repair: ${checked.detail}`);
    await expectVerdict(machine, 'good');
    assert.deepEqual(machine.console.eventsLike({ subject: 'hold' }), [], 'nothing asked for a person');
    assert.equal((await bootState(machine)).agentStarts, 1);
    assert.match(await kernelBootId(machine), /^[0-9a-f-]{36}\n$/);
    const uptimeMs = Number((await machine.sh('cut -d" " -f1 /proc/uptime', { deadlineMs: LOGIN_MS })).trim()) * 1000;
    assert.ok(uptimeMs > checked.uptimeMs, 'still the kernel that saw the repair');

    say('powering off and looking at the disk');
    await operate(machine, 'poweroff');
    await machine.ended(DOWN_MS);
    const after = await checkDisk(disk);
    assert.equal(after.code, 0, after.output);
  },
};
