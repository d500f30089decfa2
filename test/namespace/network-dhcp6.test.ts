import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Driver, type Lab, makeLab } from './network-lab.ts';

let lab: Lab;
let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lifeboot-dhcp6-'));
  lab = await makeLab();
  await lab.run(lab.peer, 'ip', 'addr', 'add', '2001:db8:9::1/64', 'dev', 'port0', 'nodad');
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true });
});

/** A router that advertises no address of its own (RFC 4861, 4.2: M), and the server beside it: addresses 2001:db8:9::1xx. */
function serve(): ChildProcessWithoutNullStreams {
  const words = 'dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --port=0 --interface=port0 --bind-interfaces --pid-file=';
  const range = '--dhcp-range=2001:db8:9::100,2001:db8:9::1ff,64,2m';
  const more = ['--enable-ra', '--ra-param=port0,4,3600', range, '--dhcp-option=option6:dns-server,[2001:db8:9::53]'];
  return lab.startProgram(lab.peer, ...words.split(' '), `--dhcp-leasefile=${join(scratch, 'leases')}`, '--dhcp-authoritative', ...more);
}

async function start(cmdline: string, toml = ''): Promise<Driver> {
  const driver = lab.startDriver();
  await driver.ask({ op: 'start', cmdline, toml });
  return driver;
}

const untilLease = (driver: Driver, line: RegExp) =>
  driver.until(({ links }) => links.some((each) => line.test(each)), String(line), 60_000);
const untilWell = (driver: Driver) => driver.until(({ links }) => !links.some((each) => each.includes('failed')), 'no trouble');
const addresses = () => lab.run(lab.machine, 'ip', '-6', '-o', 'addr', 'show', 'dev', 'eth0', 'scope', 'global');
const clients = async () => (await lab.programs()).filter((name) => name === 'dhcpcd').length;

test('ip=eth0:dhcp6 takes the address of a server, the way out of the router, and answers there', async () => {
  serve();
  const driver = await start('ip=eth0:dhcp6');
  await untilLease(driver, /^eth0 up 2001:db8:9::1[0-9a-f]{2}\/128 from ip=$/);
  await untilWell(driver);
  const [address = ''] = driver.state.addresses;
  const wayOut = () => lab.run(lab.machine, 'ip', '-6', 'route', 'show', 'default');
  await expect.poll(wayOut, { timeout: 40_000, interval: 250 }).toContain('proto ra');
  await lab.run(lab.peer, 'busybox', 'ping', '-6', '-c', '5', '-w', '30', address);
});

test('ip=eth0:dhcp6 without a server is named within its time, and taken back when one comes', async () => {
  const driver = await start('ip=eth0:dhcp6 rd.net.timeout.dhcp=1 rd.net.dhcp.retry=2');
  await untilLease(driver, /^eth0 IPv6 failed \(no DHCPv6 answer within 2 s; still asking\)$/);
  serve();
  await untilLease(driver, /^eth0 up 2001:db8:9::1[0-9a-f]{2}\/128 from ip=$/);
  await untilWell(driver);
});

test('ip=eth0:either6 asks a server when the router gives no address', async () => {
  serve();
  const driver = await start('ip=eth0:either6 rd.net.timeout.ipv6auto=1');
  await untilLease(driver, /^eth0 up 2001:db8:9::1[0-9a-f]{2}\/128 from ip=$/);
});

test('a lease over IPv6 leaves the address of IPv4 where it is, is lost with the cable, and comes again with it', async () => {
  const server = serve();
  const driver = await start('', '[[network]]\ninterface = "eth0"\naddress = "10.77.0.15/24"\nmethod = "dhcp6"\n');
  expect(driver.state.problems).toEqual([]);
  await untilLease(driver, /^eth0 up 10\.77\.0\.15\/24 from lifeboot.toml, 2001:db8:9::1[0-9a-f]{2}\/128/);
  const gone = once(server, 'exit');
  server.kill('SIGKILL');
  await gone;
  await lab.run(lab.peer, 'ip', 'link', 'set', 'port0', 'down');
  await untilLease(driver, /^eth0 IPv6 failed \(the DHCPv6 lease is lost; asking again\)$/);
  expect(await addresses()).not.toContain('/128');
  await lab.run(lab.peer, 'ip', 'link', 'set', 'port0', 'up');
  await lab.run(lab.peer, 'ip', 'addr', 'replace', '2001:db8:9::1/64', 'dev', 'port0', 'nodad');
  serve();
  await untilLease(driver, /^eth0 up 10\.77\.0\.15\/24 from lifeboot.toml, 2001:db8:9::1[0-9a-f]{2}\/128/);
  await untilWell(driver);
}, 180_000);

test('the hand-over ends the DHCPv6 client and takes the address off', async () => {
  serve();
  const driver = await start('ip=eth0:dhcp6 lifeboot.handover=release');
  await untilLease(driver, /^eth0 up 2001:db8:9::1/);
  expect(await clients()).toBe(1);
  await driver.ask({ op: 'release' });
  expect(await addresses()).not.toContain('/128');
  for (let tries = 0; (await clients()) > 0 && tries < 100; tries += 1) await lab.run(lab.machine, 'sleep', '0.1');
  expect(await clients()).toBe(0);
});
