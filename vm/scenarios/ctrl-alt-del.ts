import assert from 'node:assert/strict';
import type { Scenario } from './scenario.ts';
import { assertClean, DOWN_MS, expectVerdict, LOGIN_MS } from './steps.ts';

export const ctrlAltDel: Scenario = {
  name: 'ctrl-alt-del',
  story:
    "The three keys on the machine's keyboard run what the inittab says, shutdown -r now: the services stop, the disk is left clean, the machine reboots.",
  isLong: true,
  async run({ overlay, start, say }) {
    await using disk = await overlay();
    await using machine = await start(disk);
    await expectVerdict(machine, 'good');
    say('ctrl-alt-delete');
    await machine.press(['ctrl', 'alt', 'delete']);
    const down = await machine.console.waitEvent({ subject: 'boot', name: 'reboot', what: 'started' }, { deadlineMs: LOGIN_MS });
    assert.match(down.detail, /initctl run level 6/, "by the image's own shutdown");
    await machine.ended(DOWN_MS);
    assert.ok(
      machine.console.lines.some(({ text }) => /reboot: Restarting system/.test(text)),
      'the kernel restarts',
    );
    await assertClean(disk);
  },
};
