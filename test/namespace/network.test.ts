import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { connect, type Driver, type Lab, makeLab } from './network-lab.ts';

const IP = 'ip=10.77.0.15::10.77.0.1:255.255.255.0::eth0:off';
let lab: Lab;
let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lifeboot-network-'));
  lab = await makeLab();
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true });
});

/** Rescue's network on the machine, once its link shows this line. */
async function startWith(line: RegExp, request: Readonly<Record<string, unknown>>, kept?: string): Promise<Driver> {
  const driver = lab.startDriver(kept);
  await driver.ask({ op: 'start', ...request });
  await driver.until((state) => state.links.some((each) => line.test(each)), String(line));
  return driver;
}

const onMachine = (...argv: readonly string[]) => lab.run(lab.machine, ...argv);
const addresses = async () => (await onMachine('ip', '-4', '-o', 'addr', 'show', 'dev', 'eth0')).match(/\d+\.\d+\.\d+\.\d+\/\d+/g) ?? [];

test('startNetwork() puts ip= on the link, reachable from the other end, and takes lo up', async () => {
  await lab.run(lab.peer, 'ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'port0');
  const driver = await startWith(/^eth0 up 10\.77\.0\.15\/24 from ip=$/, { cmdline: IP });
  expect(driver.state.addresses).toEqual(['10.77.0.15']);
  await lab.run(lab.peer, 'busybox', 'ping', '-c', '1', '-W', '5', '10.77.0.15');
  await onMachine('busybox', 'ping', '-c', '1', '-W', '5', '127.0.0.1');
  expect(await onMachine('ip', 'route', 'show', 'default')).toContain('default via 10.77.0.1 dev eth0');
});

test('an open session survives release and the same address put back by a networking script', async () => {
  await lab.run(lab.peer, 'ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'port0');
  const driver = await startWith(/^eth0 up 10\.77/, { cmdline: `${IP} lifeboot.handover=release` });
  await driver.ask({ op: 'listen', port: 2222 });
  const session = connect(lab, 2222);
  await session.echo('before');
  expect(await driver.ask({ op: 'release' })).toMatchObject({
    decisions: [{ device: 'eth0', policy: 'release' }],
    links: ['eth0 released: default via 10.77.0.1, 10.77.0.15/24'],
  });
  expect(await addresses()).toEqual([]);
  expect(await onMachine('ip', 'route', 'show')).toBe('');
  expect(await onMachine('cat', '/sys/class/net/eth0/operstate')).toBe('up');
  // As ifupdown does it: each fails with "File exists" when ours is still there.
  await onMachine('ip', 'addr', 'add', '10.77.0.15/255.255.255.0', 'broadcast', '10.77.0.255', 'dev', 'eth0', 'label', 'eth0');
  await onMachine('ip', 'link', 'set', 'dev', 'eth0', 'up');
  await onMachine('ip', 'route', 'add', 'default', 'via', '10.77.0.1', 'dev', 'eth0', 'onlink');
  await session.echo('after');
  expect(await driver.ask({ op: 'verify' })).toEqual({ outcome: 'working', links: ['eth0 10.77.0.15/24, default via 10.77.0.1'] });
});

test('verify() puts the address back when the machine ends up without one, and the session goes on', async () => {
  await lab.run(lab.peer, 'ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'port0');
  const driver = await startWith(/^eth0 up 10\.77/, { cmdline: IP });
  await driver.ask({ op: 'listen', port: 2222 });
  const session = connect(lab, 2222);
  await session.echo('before');
  await driver.ask({ op: 'release' });
  await onMachine('ip', 'link', 'set', 'dev', 'eth0', 'down');
  expect(await driver.ask({ op: 'verify', waitMs: 300 })).toMatchObject({ outcome: 'restored' });
  expect(await addresses()).toEqual(['10.77.0.15/24']);
  await session.echo('after');
});

test('startNetwork() after a crash takes over what is there, and a release stays a release', async () => {
  const first = await startWith(/^eth0 up 10\.77/, { cmdline: IP });
  await first.crash();
  const second = await startWith(/^eth0 up 10\.77\.0\.15\/24 from ip=$/, { cmdline: `${IP} lifeboot.handover=release` });
  expect(await addresses()).toEqual(['10.77.0.15/24']);
  await second.ask({ op: 'release' });
  await writeFile(join(scratch, 'network.json'), JSON.stringify({ version: 2, held: [], released: 'all' }));
  await second.crash();
  await startWith(/^eth0 up fe80/, { cmdline: IP }, scratch);
  expect(await addresses()).toEqual([]);
});

test('startNetwork() says no carrier, and up when the cable goes in', async () => {
  await lab.run(lab.peer, 'ip', 'link', 'set', 'port0', 'down');
  const driver = await startWith(/^eth0 no carrier 10\.77\.0\.15\/24 from ip=/, { cmdline: IP });
  await lab.run(lab.peer, 'ip', 'link', 'set', 'port0', 'up');
  await driver.until((state) => state.links[0] === 'eth0 up 10.77.0.15/24 from ip=', 'eth0 up');
});

test('startNetwork() names an address that the other end has, too, and leaves it to that', async () => {
  await lab.run(lab.peer, 'ip', 'addr', 'add', '10.77.0.15/24', 'dev', 'port0');
  await startWith(/duplicate address: another machine has 10\.77\.0\.15/, { cmdline: IP });
});

test('startNetwork() has an IPv6 link-local address where nothing was wished', async () => {
  const driver = await startWith(/^eth0 up fe80::.* link-local$/, {});
  expect(driver.state.addresses).toEqual([expect.stringMatching(/^fe80::[0-9a-f:]+%eth0$/)]);
});

test('startNetwork() takes IPv6 and a far gateway from [[network]]', async () => {
  const toml =
    '[[network]]\ninterface = "eth0"\naddress = ["10.77.0.15/32", "2001:db8::15/64"]\ngateway = ["10.99.0.1", "2001:db8::1"]\nmtu = 1400\n';
  await startWith(/^eth0 up 10\.77\.0\.15\/32 from lifeboot\.toml, 2001:db8::15\/64 from lifeboot\.toml$/, { toml });
  await vi.waitFor(async () => expect(await onMachine('ip', 'route', 'show', 'default')).toContain('via 10.99.0.1 dev eth0 onlink'));
  await vi.waitFor(async () => expect(await onMachine('ip', '-6', 'route', 'show', 'default')).toContain('via 2001:db8::1 dev eth0'));
  expect(await onMachine('cat', '/sys/class/net/eth0/mtu')).toBe('1400');
});

test('startNetwork() gets a lease, gives the client up at the hand-over, and asks again when nobody else has', async () => {
  await lab.run(lab.peer, 'ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'port0');
  const config = join(scratch, 'udhcpd.conf');
  await writeFile(
    config,
    `start 10.77.0.50\nend 10.77.0.59\ninterface port0\nlease_file ${scratch}/leases\nopt router 10.77.0.1\nopt subnet 255.255.255.0\nopt dns 10.77.0.53\n`,
  );
  await writeFile(join(scratch, 'leases'), '');
  lab.startProgram(lab.peer, 'busybox', 'udhcpd', '-f', config);
  const driver = await startWith(/^eth0 up 10\.77\.0\.5\d\/24 from DHCP$/, { cmdline: 'ip=dhcp lifeboot.handover=release' });
  expect(await onMachine('ip', 'route', 'show', 'default')).toContain('default via 10.77.0.1 dev eth0');
  expect(await lab.programs()).toContain('udhcpc');
  await driver.ask({ op: 'release' });
  expect(await addresses()).toEqual([]);
  expect(await lab.programs()).not.toContain('udhcpc');
  expect(await driver.ask({ op: 'verify', waitMs: 0 })).toMatchObject({ outcome: 'restored' });
  await driver.until((state) => state.links.some((line) => /^eth0 up 10\.77\.0\.5\d\/24 from DHCP$/.test(line)), 'the lease again');
});

test('startNetwork() says so when there is no network interface', async () => {
  await onMachine('ip', 'link', 'del', 'eth0');
  const driver = await startWith(/^none failed \(no network interface\)$/, { cmdline: IP });
  expect(driver.state.addresses).toEqual([]);
  expect(await driver.ask({ op: 'verify' })).toMatchObject({ outcome: 'none' });
});
