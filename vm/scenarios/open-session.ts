import assert from 'node:assert/strict';
import type { Scenario } from './scenario.ts';
import { DOOR_MS, expectVerdict, LOGIN_MS, operate } from './steps.ts';

export const openSession: Scenario = {
  name: 'open-session',
  story: 'An operator who logged in before the root was released is still there, in the same shell, after the root was entered.',
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    await using machine = await start(disk, { cmdline: ['lifeboot.hold=release-root'] });
    await machine.waitDoor('rescue', DOOR_MS);
    await machine.console.waitEvent({ subject: 'hold', name: 'release-root', what: 'held' }, { deadlineMs: DOOR_MS });

    await using session = machine.session();
    session.send('echo shell=$$ held=$((6*7))\n');
    const before = await session.expect(/shell=(\d+) held=42/, LOGIN_MS);
    say('the operator lets the boot go on and stays');
    await operate(machine, 'retry');
    await expectVerdict(machine, 'good');

    session.send('echo shell=$$ debian=$(cat /etc/debian_version)=\n');
    const after = await session.expect(/shell=(\d+) debian=12\.\d+=/, LOGIN_MS);
    const shell = (text: string) => /shell=(\d+)/.exec(text)?.[1];
    assert.equal(shell(after), shell(before), 'the same shell');
    session.send('exit 7\n');
    assert.equal(await session.ended(LOGIN_MS), 7, 'its exit code arrives');
  },
};
