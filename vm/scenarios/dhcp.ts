import assert from 'node:assert/strict';
import type { Scenario } from './scenario.ts';
import { DOOR_MS, expectStatus, LOGIN_MS } from './steps.ts';

export const dhcp: Scenario = {
  name: 'dhcp',
  story:
    'Nobody says a word about the network, and its only card needs a driver that is not loaded: rescue loads it, asks by DHCP, and the door opens at the address it got.',
  async run({ overlay, start }) {
    await using disk = await overlay();
    await using machine = await start(disk, {
      nics: [{ model: 'vmxnet3' }],
      network: [],
      cmdline: ['lifeboot.hold=release-root'],
    });
    await machine.waitDoor('rescue', DOOR_MS);
    const up = await machine.console.waitEvent({ subject: 'network', name: 'eth0', what: 'up' }, { deadlineMs: LOGIN_MS });
    assert.match(up.detail, /10\.0\.2\.15\/24/);
    assert.match(await expectStatus(machine, 3), /eth0 up 10\.0\.2\.15\/24/);
    assert.match(
      await machine.sh('ls /sys/class/net/eth0/device/driver/module -d; readlink /sys/class/net/eth0/device/driver', {
        deadlineMs: LOGIN_MS,
      }),
      /vmxnet3/,
    );
  },
};
