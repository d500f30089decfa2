import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Driver, type Lab, makeLab } from './network-lab.ts';

let lab: Lab;
let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lifeboot-dhcp-'));
  lab = await makeLab();
});
afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true });
});

/** A real dnsmasq on one port of the peer. */
function serve(port: string, ...options: readonly string[]): void {
  const words = `dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --port=0 --no-ping --interface=${port} --bind-interfaces`;
  lab.startProgram(lab.peer, ...words.split(' '), `--dhcp-leasefile=${join(scratch, port)}`, ...options);
}

async function start(cmdline = ''): Promise<Driver> {
  const driver = lab.startDriver();
  await driver.ask({ op: 'start', cmdline });
  return driver;
}

test('a machine that was told nothing has a lease by DHCP, and an IPv6 address by router advertisement', async () => {
  await lab.run(lab.peer, 'ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'port0');
  await lab.run(lab.peer, 'ip', 'addr', 'add', '2001:db8::1/64', 'dev', 'port0', 'nodad');
  serve('port0', '--dhcp-range=10.77.0.50,10.77.0.59,255.255.255.0,1h', '--dhcp-range=2001:db8::,ra-only,64,1h', '--enable-ra');
  const driver = await start();
  await driver.until(({ links }) => links.some((line) => /^eth0 up .*10\.77\.0\.5\d\/24 from DHCP/.test(line)), 'a lease', 40_000);
  await driver.until(({ addresses }) => addresses.some((each) => each.startsWith('2001:db8:')), 'an address by RA', 20_000);
  expect(await lab.run(lab.machine, 'ip', '-4', 'route', 'show', 'default')).toContain('default via 10.77.0.1 dev eth0');
  expect(await lab.run(lab.machine, 'ip', '-6', 'route', 'show', 'default')).toContain('proto ra');
});

test('of two links the one with a DHCP server carries rescue, and the other stops nothing', async () => {
  await lab.run(lab.machine, 'ip', 'link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'port1', 'netns', lab.peer);
  await lab.run(lab.peer, 'ip', 'link', 'set', 'port1', 'up');
  await lab.run(lab.peer, 'ip', 'addr', 'add', '10.78.0.1/24', 'dev', 'port1');
  serve('port1', '--dhcp-range=10.78.0.50,10.78.0.59,255.255.255.0,1h');
  const driver = await start('rd.net.timeout.dhcp=2');
  await driver.until(({ links }) => links.some((line) => /^eth1 up 10\.78\.0\.5\d\/24 from DHCP/.test(line)), 'a lease', 40_000);
  await driver.until(({ links }) => links.some((line) => /^eth0 .*no DHCP answer within 2 s; still asking/.test(line)), 'the silent link');
});

test('a server that refuses the lease gives another one, and the old address goes', async () => {
  await lab.run(lab.peer, 'ip', 'addr', 'add', '10.77.0.1/24', 'dev', 'port0');
  const range = (first: number, last: number) => `--dhcp-range=10.77.0.${first},10.77.0.${last},255.255.255.0,2m`;
  const words =
    'dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --port=0 --no-ping --dhcp-authoritative --leasefile-ro'.split(' ');
  const first = lab.startProgram(lab.peer, ...words, range(50, 59));
  const driver = await start('ip=dhcp');
  await driver.until(({ links }) => links.some((line) => /^eth0 up 10\.77\.0\.5\d\/24 from DHCP/.test(line)), 'a lease', 40_000);
  const gone = once(first, 'exit');
  first.kill('SIGKILL');
  // Its socket is free only then.
  await gone;
  lab.startProgram(lab.peer, ...words, range(80, 89));
  const client = await lab.run(
    lab.machine,
    'sh',
    '-c',
    'for p in $(ip netns pids $(ip netns identify $$)); do grep -qx udhcpc /proc/$p/comm && echo $p; done; true',
  );
  process.kill(Number(client.trim()), 'SIGUSR1');
  await driver.until(({ links }) => links.some((line) => /^eth0 up 10\.77\.0\.8\d\/24 from DHCP/.test(line)), 'another lease', 40_000);
  expect(await lab.run(lab.machine, 'ip', '-4', '-o', 'addr', 'show', 'dev', 'eth0')).not.toContain('10.77.0.5');
});
