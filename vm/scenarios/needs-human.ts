import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Machine } from '../machine.ts';
import { damageForHuman } from './damage.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, bootState, DOOR_MS, expectStatus, expectVerdict, kernelBootId, LOGIN_MS, operate } from './steps.ts';

const REPAIR_MS = 180_000;

export const needsHuman: Scenario = {
  name: 'needs-human',
  story:
    'Damage that e2fsck refuses to repair alone holds the boot; an operator fetches the log and brings a tool by sftp, repairs, retries: the same kernel finishes the boot.',
  async run({ copy, start, say }) {
    await using disk = await copy();
    say('damaging the disk: a directory becomes a file');
    await damageForHuman(disk);

    await using machine = await start(disk);
    await machine.waitDoor('rescue', DOOR_MS);
    const hold = await machine.console.waitEvent({ subject: 'hold', name: 'check-root', what: 'held' }, { deadlineMs: BOOT_MS });
    const shown = { deadlineMs: LOGIN_MS };
    await machine.console.expect(/HELD at check-root/, shown);
    await machine.console.expect(/UNEXPECTED INCONSISTENCY/, shown);
    await machine.console.expect(/ssh -p 2222 root@10\.0\.2\.15/, shown);
    await machine.console.expect(/lifeboot retry/, shown);

    say('logging in as the operator would');
    const status = await expectStatus(machine, 3);
    for (const wanted of [/check-root/, /UNEXPECTED INCONSISTENCY/, /lifeboot retry/]) assert.match(status, wanted);
    assert.doesNotMatch(status, /^\s*\| \d \d+ \d+ /m, 'the evidence is what fsck said, not its progress');
    assert.equal((await bootState(machine)).hold?.phase, 'check-root');
    const refused = await machine.ssh(['lifeboot', 'retry'], { deadlineMs: REPAIR_MS });
    say(`retry without a repair: exit ${refused.code}; held again`);
    await machine.console.waitEvent(
      { subject: 'hold', name: 'check-root', what: 'held' },
      { deadlineMs: REPAIR_MS, since: machine.console.events.indexOf(hold) + 1 },
    );
    const bootId = await kernelBootId(machine);
    say('fetching the log and bringing a tool by sftp');
    await exchangeFiles(machine, dirname(disk.path));
    const repair = await machine.ssh(['/tmp/repair'], { deadlineMs: REPAIR_MS });
    assert.equal(repair.code & ~3, 0, `e2fsck -y: exit ${repair.code}\n${repair.stdout}${repair.stderr}`);
    say('repaired; telling lifeboot to retry');
    await operate(machine, 'retry');
    await expectVerdict(machine, 'good');
    assert.equal(await kernelBootId(machine), bootId, 'the same kernel: no reboot');
    assert.equal((await bootState(machine)).hold, undefined);
  },
};

/** Both ways: what fsck said comes out, the operator's own program goes in and can run. */
async function exchangeFiles(machine: Machine, directory: string): Promise<void> {
  const [log, tool] = [join(directory, 'fsck.log'), join(directory, 'repair')];
  await writeFile(tool, '#!/bin/sh\nexec e2fsck -y /dev/vda\n');
  const commands = [`get /run/lifeboot/fsck.log ${log}`, `put ${tool} /tmp/repair`, 'chmod 755 /tmp/repair', 'ls -l /tmp/repair'];
  const { code, stdout, stderr } = await machine.sftp(commands, { deadlineMs: LOGIN_MS });
  assert.equal(code, 0, `sftp: exit ${code}\n${stdout}${stderr}`);
  assert.match(stdout, /-rwxr-xr-x .*\/tmp\/repair/);
  assert.match(await readFile(log, 'utf8'), /UNEXPECTED INCONSISTENCY/, 'the log tells what fsck said');
}
