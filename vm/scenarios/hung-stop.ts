import assert from 'node:assert/strict';
import { addScripts } from './extra-script.ts';
import type { Scenario } from './scenario.ts';
import { assertClean, DOWN_MS, expectVerdict, LOGIN_MS, operate } from './steps.ts';

export const hungStop: Scenario = {
  name: 'hung-stop',
  story:
    'One initscript sleeps for ever when it is stopped: it is named and ended by its deadline, the rest stops, the disk is left clean, the machine switches off.',
  isLong: true,
  async run({ copy, start, say }) {
    await using disk = await copy();
    await addScripts(disk, [
      {
        name: 'clings',
        tier: 'S02',
        start: ':',
        stop: { tier: 'K01', run: 'trap "" TERM; while :; do sleep 1000000; done' },
        header: ['X-Timeout-Stop: 10'],
      },
    ]);
    await using machine = await start(disk);
    await expectVerdict(machine, 'good');
    say('switching off');
    await operate(machine, 'poweroff');
    const late = await machine.console.waitEvent({ subject: 'script', name: 'clings', what: 'timed-out' }, { deadlineMs: LOGIN_MS });
    assert.match(late.detail, /not done after 10 s; it waited for/);
    await machine.ended(DOWN_MS);
    assert.ok(
      machine.console.lines.some(({ text }) => /reboot: Power down/.test(text)),
      'the machine switches off',
    );
    assert.equal(
      machine.console.eventsLike({ subject: 'tier', name: 'rc0.d/K02', what: 'done' }).length,
      1,
      'the tiers behind it are stopped, too',
    );
    await assertClean(disk);
  },
};
