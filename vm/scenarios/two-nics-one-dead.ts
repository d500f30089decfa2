import assert from 'node:assert/strict';
import type { Scenario } from './scenario.ts';
import { DOOR_MS, expectStatus, LOGIN_MS } from './steps.ts';

export const twoNicsOneDead: Scenario = {
  name: 'two-nics-one-dead',
  story:
    'Of two network cards with addresses one has no cable: it is named on the console and in the status, the boot does not wait for it, the other one opens the door.',
  async run({ overlay, start }) {
    await using disk = await overlay();
    await using machine = await start(disk, {
      nics: [{ cable: 'nowhere', plugged: false }, {}],
      network: ['ip=192.0.2.15::192.0.2.1:255.255.255.0::eth0:off', 'ip=10.0.2.15::10.0.2.2:255.255.255.0::eth1:off'],
      cmdline: ['lifeboot.hold=release-root'],
    });
    await machine.waitDoor('rescue', DOOR_MS);
    const up = await machine.console.waitEvent({ subject: 'network', name: 'eth1', what: 'up' }, { deadlineMs: LOGIN_MS });
    assert.match(up.detail, /10\.0\.2\.15\/24/);
    const dead = await machine.console.waitEvent({ subject: 'network', name: 'eth0', what: 'failed' }, { deadlineMs: LOGIN_MS });
    assert.match(dead.detail, /no carrier/, 'the dead one is named with the reason');
    const held = await machine.console.waitEvent({ subject: 'hold', name: 'release-root', what: 'held' }, { deadlineMs: LOGIN_MS });
    assert.ok(held.uptimeMs < dead.uptimeMs, 'the boot went on while the dead one still had its time');
    assert.match(await expectStatus(machine, 3), /eth0 no carrier/);
  },
};
