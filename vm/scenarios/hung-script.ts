import assert from 'node:assert/strict';
import { addScripts } from './extra-script.ts';
import type { Scenario } from './scenario.ts';
import { BOOT_MS, bootState, expectVerdict, LOGIN_MS, operate, scriptNamed, scriptsOf } from './steps.ts';

export const hungScript: Scenario = {
  name: 'hung-script',
  story:
    'One initscript sleeps for ever: it is named and timed out with a daemon it let go of, the rest comes up, the verdict is bad, the door stays open all the time.',
  async run({ copy, start, say }) {
    await using disk = await copy();
    await addScripts(disk, [
      { name: 'hangs', tier: 'S02', start: '(setsid sleep 1000001 &); sleep 1000000', header: ['X-Timeout-Start: 40'] },
    ]);
    await using machine = await start(disk);
    await machine.console.waitEvent({ subject: 'tier', name: 'rc2.d/S02', what: 'started' }, { deadlineMs: BOOT_MS });
    say('logging in while it hangs');
    const during = await bootState(machine);
    assert.equal(scriptNamed(during, 'hangs').status, 'starting');

    const late = await machine.console.waitEvent({ subject: 'script', name: 'hangs', what: 'timed-out' }, { deadlineMs: BOOT_MS });
    assert.ok(late.detail !== '', 'the event says more than that it was late');
    const verdict = await expectVerdict(machine, 'bad');
    assert.match(verdict.detail, /hangs/, 'the verdict names the culprit');
    const state = await bootState(machine);
    assert.equal(scriptNamed(state, 'hangs').status, 'timed-out');
    const others = scriptsOf(state).filter(({ name }) => name !== 'hangs' && name !== 'smartmontools');
    assert.deepEqual(
      others.filter(({ status }) => !['started', 'built-in'].includes(status)),
      [],
      'the rest came up',
    );
    const left = await machine.ssh(['pgrep', '-f', 'sleep 100000[01]'], { deadlineMs: LOGIN_MS });
    assert.equal(left.stdout.trim(), '', 'nothing of the script is left, its daemon included');

    say('asking what it was doing, and whose processes are whose');
    const told = await operate(machine, 'log', 'hangs');
    assert.match(told, /start: not done in time[\s\S]* S \S+: sleep 1000000\n/);
    assert.match(told, /stack of \d+: \w+/);
    const groups = '/run/lifeboot/cgroup/lifeboot';
    const words = await machine.sh(
      `cd ${groups}; for s in cron ssh rsyslog hangs; do echo $s $(cat $s/cgroup.procs | wc -l); done; cat /proc/self/cgroup`,
      {
        deadlineMs: LOGIN_MS,
      },
    );
    for (const name of ['cron', 'ssh', 'rsyslog']) assert.match(words, new RegExp(`^${name} [1-9]`, 'm'), `${name} is in its cgroup`);
    assert.match(words, /^hangs 0$/m);
    assert.match(words, /^0::\/$/m, 'a rescue session belongs to no script');
    await machine.waitDoor('server', LOGIN_MS);
  },
};
