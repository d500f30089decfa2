import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Manager, snapshot, startNetworking } from './machine-networking.ts';
import { connect, type Driver, type Lab, makeLab } from './network-lab.ts';

const MAC = '02:00:00:00:77:15';
const IP = 'ip=10.77.0.15::10.77.0.1:255.255.255.0::eth0:off';
const UP = /^eth0 up 10\.77\.0\.15\/24 from ip=$/;
let lab: Lab;
let scratch: string;
let sites = 0;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lifeboot-handover-'));
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true });
});

/** Two machines on a cable: the peer is a gateway, and a DHCP server. The machine's MAC is the same in each, so is what it is given. */
async function makeSite(): Promise<void> {
  lab = await makeLab();
  await lab.run(lab.machine, 'ip', 'link', 'set', 'eth0', 'address', MAC);
  await lab.run(lab.peer, 'ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'port0');
  const range = '--dhcp-range=10.77.0.50,10.77.0.99,255.255.255.0,1h';
  const leases = `--dhcp-leasefile=${join(scratch, `leases-${sites++}`)}`;
  lab.startProgram(
    lab.peer,
    ...'dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --port=0 --no-ping'.split(' '),
    range,
    leases,
  );
}

async function startRescue(cmdline: string, line: RegExp): Promise<Driver> {
  const driver = lab.startDriver();
  await driver.ask({ op: 'start', cmdline });
  await driver.until((state) => state.links.some((each) => line.test(each)), String(line));
  return driver;
}

const interfaces = (stanza: string) => `auto lo\niface lo inet loopback\nauto eth0\n${stanza}`;
const network = (lines: string) => `[Match]\nName=eth0\n[Network]\nIPv6AcceptRA=no\n${lines}`;
const configurations: readonly (readonly [Manager, string, string])[] = [
  ['ifupdown', 'the same address', interfaces('iface eth0 inet static\n  address 10.77.0.15/24\n  gateway 10.77.0.1\n')],
  ['ifupdown', 'another address', interfaces('iface eth0 inet static\n  address 10.77.0.99/16\n  gateway 10.77.0.1\n')],
  ['ifupdown', 'DHCP', interfaces('iface eth0 inet dhcp\n')],
  [
    'ifupdown',
    'IPv6 beside it',
    interfaces('iface eth0 inet6 static\n  address 2001:db8::15/64\niface eth0 inet static\n  address 10.77.0.15/24\n'),
  ],
  ['systemd-networkd', 'the same address', network('Address=10.77.0.15/24\nGateway=10.77.0.1\n')],
  ['systemd-networkd', 'another address', network('Address=10.77.0.99/16\nGateway=10.77.0.1\n')],
  ['systemd-networkd', 'DHCP', network('DHCP=ipv4\n')],
];

for (const [manager, what, configuration] of configurations) {
  test.each([
    ['adopt', 'ip=', IP, UP],
    ['release', 'ip=', IP, UP],
    ['adopt', 'a lease', 'ip=dhcp', /^eth0 up 10\.77\.0\.\d+\/24 from DHCP$/],
  ] as const)(`${manager} with ${what} comes up after %s of %s exactly as without rescue`, async (policy, _, cmdline, line) => {
    await makeSite();
    expect(await startNetworking(lab, manager, configuration)).toBe(0);
    const alone = await snapshot(lab);
    await lab[Symbol.asyncDispose]();

    await makeSite();
    const driver = await startRescue(`${cmdline} lifeboot.handover=${policy}`, line);
    await driver.ask({ op: 'release', script: 'networking' });
    expect(await startNetworking(lab, manager, configuration)).toBe(0);
    expect(await driver.ask({ op: 'verify' })).toMatchObject({ outcome: 'working' });
    expect(await snapshot(lab)).toEqual(alone);
    expect(await lab.programs()).not.toContain('udhcpc');
  });
}

test('an adopted address answers, and takes new sessions, until ifupdown has set it', async () => {
  await makeSite();
  const driver = await startRescue(IP, UP);
  await driver.ask({ op: 'listen', port: 2222 });
  const session = connect(lab, 2222);
  await session.echo('before');
  await driver.ask({ op: 'release', script: 'networking' });
  await session.echo('during');
  await connect(lab, 2222).echo('a new session');
  expect(await startNetworking(lab, 'ifupdown', interfaces('iface eth0 inet static\n  address 10.77.0.15/24\n'))).toBe(0);
  await driver.ask({ op: 'verify' });
  await session.echo('after');
  expect(await lab.run(lab.machine, 'ip', '-4', '-o', 'addr', 'show', 'dev', 'eth0')).not.toContain('/31');
});

test('an adopted address that the machine does not take no longer answers', async () => {
  await makeSite();
  const driver = await startRescue(IP, UP);
  await driver.ask({ op: 'release', script: 'networking' });
  await lab.run(lab.peer, 'busybox', 'ping', '-c', '1', '-W', '5', '10.77.0.15');
  await startNetworking(lab, 'ifupdown', interfaces('iface eth0 inet static\n  address 10.77.0.99/24\n'));
  expect(await driver.ask({ op: 'verify' })).toMatchObject({ outcome: 'working', links: ['eth0 10.77.0.99/24'] });
  await lab.run(lab.peer, 'busybox', 'ping', '-c', '1', '-W', '5', '10.77.0.99');
  await expect(lab.run(lab.peer, 'busybox', 'arping', '-f', '-c', '2', '-w', '2', '-I', 'port0', '10.77.0.15')).rejects.toThrow();
});

test('a link that is kept has our address, and the failure of the machine on it is told', async () => {
  await makeSite();
  const driver = await startRescue(`${IP} lifeboot.handover=eth0:keep`, UP);
  expect(await driver.ask({ op: 'release', script: 'networking' })).toMatchObject({ decisions: [{ device: 'eth0', policy: 'keep' }] });
  expect(await startNetworking(lab, 'ifupdown', interfaces('iface eth0 inet static\n  address 10.77.0.15/24\n'))).not.toBe(0);
  expect(await driver.ask({ op: 'verify' })).toMatchObject({ outcome: 'working', links: ['eth0 10.77.0.15/24, default via 10.77.0.1'] });
});
