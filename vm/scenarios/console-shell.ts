import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Disk, debugfs } from '../disk.ts';
import type { Machine } from '../machine.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, expectVerdict, LOGIN_MS } from './steps.ts';

const PASSWORD = 'correct horse';
const BAKED = '/usr/lib/lifeboot/toolbox/etc/lifeboot';

export const consoleShell: Scenario = {
  name: 'console-shell',
  story:
    'The network is dead and the boot is held: with the password, and not without, the serial console gives the rescue shell that takes the boot on; the login of the image gets the console afterwards.',
  async run({ copy, start, say }) {
    await using disk = await copy();
    await askForConsole(disk);
    await using machine = await start(disk, { nics: [], network: [], cmdline: ['lifeboot.hold=check-root'] });
    await machine.console.waitEvent({ subject: 'hold', name: 'check-root', what: 'held' }, { deadlineMs: BOOT_MS });
    await machine.console.expect(/press Enter for a rescue shell \(ttyS0\)/, { deadlineMs: LOGIN_MS });

    say('a wrong password, then the right one');
    await enter(machine, 'wrong', 'refused');
    await enter(machine, PASSWORD, 'opened');
    await machine.console.expect(/HELD at check-root for/, { deadlineMs: LOGIN_MS });
    machine.type('echo "root is $(id -u), tty is $(tty)"\r');
    await machine.console.expect(/root is 0, tty is \/dev\/ttyS0/, { deadlineMs: LOGIN_MS });
    assert.ok(!machine.console.lines.some(({ text }) => text.includes(PASSWORD)), 'the password was not shown');

    say('the boot goes on under the shell');
    machine.type('lifeboot retry\r');
    await expectVerdict(machine, 'good');
    machine.type('echo "still $((6 * 7))"\r');
    await machine.console.expect(/still 42/, { deadlineMs: LOGIN_MS });
    machine.type('exit\r');
    await machine.console.waitEvent({ subject: 'session', name: 'console', what: 'closed' }, { deadlineMs: LOGIN_MS });
  },
};

/** What `lifeboot install --config --console-password-hash` bakes in. */
async function askForConsole(disk: Disk): Promise<void> {
  const [config, shadow] = [join(dirname(disk.path), 'lifeboot.toml'), join(dirname(disk.path), 'console.shadow')];
  await writeFile(config, '[console]\nshell = "password"\n');
  await writeFile(shadow, execFileSync('openssl', ['passwd', '-6', PASSWORD]));
  await debugfs(disk, [
    `cd ${BAKED}`,
    `write ${config} lifeboot.toml`,
    'sif lifeboot.toml mode 0100600',
    `write ${shadow} console.shadow`,
    'sif console.shadow mode 0100600',
  ]);
}

/** Answers the question for the password, and waits for what comes of it. */
async function enter(machine: Machine, password: string, what: 'refused' | 'opened'): Promise<void> {
  const since = machine.console.lines.length;
  machine.type('\r');
  await machine.console.expect(/^Password for the rescue shell:/, { deadlineMs: LOGIN_MS, since });
  machine.type(`${password}\r`);
  await machine.console.waitEvent({ subject: 'session', name: 'console', what }, { deadlineMs: LOGIN_MS });
}
