import assert from 'node:assert/strict';
import { startSwitch } from '../ethernet-switch.ts';
import type { Scenario } from './scenario.ts';
import { DOOR_MS, expectStatus, LOGIN_MS } from './steps.ts';

const VLAN = 7;

export const bondAndVlan: Scenario = {
  name: 'bond-and-vlan',
  story:
    'The kernel command line makes a bond of two network cards and a VLAN over it: the door opens there, and stays open when a cable is pulled.',
  async run({ overlay, start, say }) {
    await using network = await startSwitch([
      { name: 'eth0', vlan: 'trunk' },
      { name: 'eth1', vlan: 'trunk' },
      { name: 'operator', vlan: VLAN },
    ]);
    await using disk = await overlay();
    await using machine = await start(disk, {
      nics: [{ cable: network.socketOf('eth0') }, { cable: network.socketOf('eth1') }],
      uplink: network.socketOf('operator'),
      network: [
        'bond=bond0:eth0,eth1:mode=active-backup,miimon=100',
        `vlan=bond0.${VLAN}:bond0`,
        `ip=10.0.2.15::10.0.2.2:255.255.255.0::bond0.${VLAN}:off`,
      ],
      cmdline: ['lifeboot.hold=release-root'],
    });
    await machine.waitDoor('rescue', DOOR_MS);
    assert.match(await expectStatus(machine, 3), new RegExp(`bond0\\.${VLAN} up 10\\.0\\.2\\.15/24`));
    assert.ok(network.received('eth0').tagged + network.received('eth1').tagged > 0, 'the frames have tags');

    await using session = machine.session();
    session.send('stty -echo; echo active=$(cat /sys/class/net/bond0/bonding/active_slave)=\n');
    const active = /active=eth([01])=/.exec(await session.expect(/active=eth[01]=/, LOGIN_MS))?.[1];
    say(`pulling the cable of eth${active}`);
    await machine.plug(Number(active), false);
    session.send('echo active=$(cat /sys/class/net/bond0/bonding/active_slave)=\n');
    await session.expect(new RegExp(`active=eth${1 - Number(active)}=`), LOGIN_MS);
  },
};
