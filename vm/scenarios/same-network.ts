import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Disk, debugfs } from '../disk.ts';
import type { Machine, MachineOptions } from '../machine.ts';
import { compareNetworkFacts, type NetworkFacts, readNetworkFacts } from './network-facts.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';
import { BOOT_MS, LOGIN_MS } from './steps.ts';

/** Rescue's own words: one address that the machine has, too, and one that it has not. */
const options: Partial<MachineOptions> = {
  nics: [{}, { cable: 'nowhere' }],
  network: ['ip=10.0.2.15::10.0.2.2:255.255.255.0::eth0:off:192.0.2.53', 'ip=192.0.2.77::192.0.2.1:255.255.255.0::eth1:off'],
};

/** More than an address: a second family, an MTU, routes and a second card. */
const INTERFACES = `auto lo
iface lo inet loopback

auto eth0
iface eth0 inet static
  address 10.0.2.15/24
  gateway 10.0.2.2
iface eth0 inet6 static
  address 2001:db8:2::15/64
  gateway 2001:db8:2::1

auto eth1
iface eth1 inet static
  address 192.0.2.15/24
  mtu 1400
  up ip route add 198.51.100.0/24 via 192.0.2.9
`;

/** What the machine needs to be asked over its own sshd; the other services only take time. */
const KEPT = /^(ssh|rsyslog)$/;
const SETTLE_PAUSE_MS = 1_000;

export const sameNetworkIfupdown: Scenario = {
  name: 'same-network-ifupdown',
  story:
    'ifupdown sets up two cards that rescue has held: addresses, routes, rules, name servers and kernel settings are those of a boot without lifeboot.',
  async run(context) {
    const prepare = async (disk: Disk) => {
      const file = join(dirname(disk.path), 'interfaces');
      await writeFile(file, INTERFACES);
      await debugfs(disk, ['cd /etc/network', 'rm interfaces', `write ${file} interfaces`]);
    };
    await compareBoots(context, prepare);
  },
};

export const sameNetworkNetworkd: Scenario = {
  name: 'same-network-networkd',
  isLong: true,
  story: 'systemd-networkd sets up two cards that rescue has held, one of them by DHCP: all is as in a boot without lifeboot.',
  async run(context) {
    await compareBoots(await context.withImage('networkd'), async () => {});
  },
};

/** Boots twice, the first time with the image's own init. */
async function compareBoots(context: ScenarioContext, prepare: (disk: Disk) => Promise<void>): Promise<void> {
  const boot = async (cmdline: readonly string[], look: (machine: Machine) => Promise<void>) => {
    await using disk = await context.copy();
    await prepare(disk);
    await keepServices(disk);
    await using machine = await context.start(disk, { ...options, cmdline });
    await machine.waitDoor('server', BOOT_MS);
    await look(machine);
  };
  let without: NetworkFacts = {};
  context.say('booting without lifeboot');
  await boot(['lifeboot.off'], async (machine) => {
    without = await settledFacts(machine);
  });
  context.say('booting with it');
  await boot([], async (machine) => {
    for (const name of ['eth0', 'eth1']) {
      await machine.console.waitEvent({ subject: 'network', name, what: 'handed-over' }, { deadlineMs: BOOT_MS });
    }
    assert.deepEqual(compareNetworkFacts(await settledFacts(machine), without), [], 'nothing more and nothing less than without lifeboot');
  });
}

/** The facts once two looks agree: duplicate address detection and router advertisements take a moment. */
async function settledFacts(machine: Machine): Promise<NetworkFacts> {
  const endMs = machine.elapsedMs() + LOGIN_MS;
  for (let before = await readNetworkFacts(machine); ; ) {
    await setTimeout(SETTLE_PAUSE_MS);
    const now = await readNetworkFacts(machine);
    if (JSON.stringify(now) === JSON.stringify(before)) return now;
    if (machine.elapsedMs() > endMs) throw new Error(`the network does not come to rest: ${JSON.stringify(now)}`);
    before = now;
  }
}

async function keepServices(disk: Disk): Promise<void> {
  const listed = await debugfs(disk, ['ls -p /etc/rc2.d']);
  const links = [...listed.matchAll(/\/(S\d\d([^/]+))\//g)].filter(([, , name = '']) => !KEPT.test(name));
  // Without insserv's list of dependencies, sysvinit's rc goes by the links, too.
  await debugfs(disk, ['rm /etc/init.d/.depend.start', 'cd /etc/rc2.d', ...links.map(([, link]) => `rm ${link}`)]);
}
