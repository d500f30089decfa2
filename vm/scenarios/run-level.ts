import assert from 'node:assert/strict';
import type { Machine } from '../machine.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, bootState, DOWN_MS, expectVerdict, LOGIN_MS, scriptsOf } from './steps.ts';

const LOOK_PAUSE_MS = 3_000;
const TRIES = 10;
const HEARD_MS = 10_000;
/** The clock may be set right after the record was written. */
const CLOCK_MS = 5_000;

export const runLevel: Scenario = {
  name: 'run-level',
  story:
    'telinit 1 stops the server down to sulogin on the console and leaves the rescue door and its shell; the end of that brings every service back, and who, runlevel and last know.',
  isLong: true,
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    await using machine = await start(disk);
    await expectVerdict(machine, 'good');
    await using session = machine.session();
    session.send('cd /; stty -echo; echo shell=$$=\n');
    const shell = /shell=(\d+)=/.exec(await session.expect(/shell=\d+=/, LOGIN_MS))?.[1];
    assert.equal(await ask(machine, '/sbin/runlevel'), 'N 2');

    say('telinit 1, by the image itself');
    await machine.sh('/sbin/telinit 1', { deadlineMs: LOGIN_MS });
    await machine.console.waitEvent({ subject: 'runlevel', name: 'S', what: 'shell' }, { deadlineMs: DOWN_MS });
    assert.equal(await ask(machine, '/sbin/runlevel'), '1 S');
    const left = await ask(machine, 'for name in nginx sshd cron redis-server named postgres; do pgrep -x $name; done; true');
    assert.equal(left, '', 'no service is left');
    assert.match(await ask(machine, 'pgrep -l udevd'), /udevd/, 'what rcS.d has started stays');
    session.send('echo "$$ in single user"\n');
    await session.expect(new RegExp(`^${shell} in single user\\r$`, 'm'), LOGIN_MS);

    say('sulogin on the console, and out of it');
    machine.type('\r');
    await typeUntilHeard(machine);
    machine.type('exit\r');
    await machine.console.waitEvent({ subject: 'runlevel', name: '2', what: 'done' }, { deadlineMs: BOOT_MS });
    assert.equal(await ask(machine, '/sbin/runlevel'), 'S 2');
    await expectAllHealthy(machine);
    await machine.waitDoor('server', LOGIN_MS);
    session.send('echo "$$ at the end"\n');
    await session.expect(new RegExp(`^${shell} at the end\\r$`, 'm'), LOGIN_MS);

    const records = await ask(machine, '/usr/bin/who -b; /usr/bin/who -r; /usr/bin/last -x reboot runlevel');
    assert.match(records, /system boot {2}/);
    assert.match(records, /run-level 2 .*last=S/);
    assert.match(records, /\(to lvl 2\)[\s\S]*\(to lvl S\)[\s\S]*\(to lvl 1\)[\s\S]*\(to lvl 2\)/);
    assert.equal(records.match(/^reboot .*still running/gm)?.length, 1, records);
    const recorded = /^reboot .*?(\d{4}-\d\d-\d\dT[\d:]{8})/m.exec(await ask(machine, '/usr/bin/last --time-format iso reboot'))?.[1] ?? '';
    const booted = (await ask(machine, 'uptime -s')).replace(' ', 'T');
    assert.ok(Math.abs(Date.parse(recorded) - Date.parse(booted)) <= CLOCK_MS, `last says ${recorded}, uptime -s ${booted}`);
  },
};

const ask = async (machine: Machine, command: string): Promise<string> => (await machine.sh(command, { deadlineMs: LOGIN_MS })).trim();

/** What is typed before the shell is there is lost. */
async function typeUntilHeard(machine: Machine): Promise<void> {
  for (let tries = TRIES; ; tries -= 1) {
    machine.type('echo typed-$((40 + 2))\r');
    const heard = await machine.console.expect(/typed-42/, { deadlineMs: HEARD_MS }).then(
      () => true,
      () => false,
    );
    if (heard) return;
    assert.ok(tries > 1, `no shell of sulogin answers on the console\n${machine.console.lastLines()}`);
  }
}

/** Every script is up again, and the monitor finds each daemon healthy. */
async function expectAllHealthy(machine: Machine): Promise<void> {
  const deadlineMs = machine.elapsedMs() + BOOT_MS;
  for (;;) {
    const state = await bootState(machine);
    const down = scriptsOf(state).filter(({ name, status }) => name !== 'smartmontools' && !['started', 'built-in'].includes(status));
    const unwell = (state.monitor?.daemons ?? []).filter(
      ({ script, wanted, health }) => script !== 'smartmontools' && !(wanted && health === 'healthy'),
    );
    const daemons = state.monitor?.daemons.length ?? 0;
    if (down.length === 0 && unwell.length === 0 && daemons >= 20) return;
    const seen = JSON.stringify({ down, unwell, daemons });
    assert.ok(machine.elapsedMs() < deadlineMs, `not all services are healthy again: ${seen}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
  }
}
