import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Driver, type Lab, makeLab } from './network-lab.ts';

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

/** Whether the kernel of this machine makes such links at all, or has a module for them. */
async function kernelMakes(...words: readonly string[]): Promise<boolean> {
  const name = `lifeboot-k${process.pid}`;
  await execa('ip', ['netns', 'add', name]);
  try {
    const ip = (...argv: readonly string[]) => execa('ip', ['-n', name, ...argv], { reject: false });
    await ip('link', 'add', 'under0', 'type', 'veth', 'peer', 'name', 'under1');
    return (await ip('link', 'add', ...words)).exitCode === 0;
  } finally {
    await execa('ip', ['netns', 'delete', name]);
  }
}
const hasBond = await kernelMakes('over0', 'type', 'bond');
const hasVlan = await kernelMakes('link', 'under0', 'name', 'over0', 'type', 'vlan', 'id', '5');
const hasBridge = await kernelMakes('over0', 'type', 'bridge');

/** Rescue's network on the machine, once each of these is a line of its state. */
async function startWith(cmdline: string, ...lines: readonly RegExp[]): Promise<Driver> {
  const driver = lab.startDriver();
  await driver.ask({ op: 'start', cmdline });
  await untilLines(driver, ...lines);
  return driver;
}
const untilLines = (driver: Driver, ...lines: readonly RegExp[]) =>
  driver.until((state) => lines.every((line) => state.links.some((each) => line.test(each))), lines.map(String).join(' and '), 40_000);

/** An address is seen while its routes are still on their way. */
const POLL = { timeout: 15_000 };

const onMachine = (...argv: readonly string[]) => lab.run(lab.machine, ...argv);
const json = async (...argv: readonly string[]) => JSON.parse(await onMachine('ip', '-j', '-d', ...argv));
const linkOf = async (name: string) => (await json('link', 'show', 'dev', name))[0];
const macOf = async (name: string): Promise<string> => (await linkOf(name)).address;
const ping = (address: string) => lab.run(lab.peer, 'busybox', 'ping', '-c', '1', '-W', '10', address);

async function peerHas(...addresses: readonly string[]): Promise<void> {
  for (const address of addresses) await lab.run(lab.peer, 'ip', 'addr', 'add', address, 'dev', 'port0', 'nodad');
}

/** Without what the kernel itself changes in the meantime: the end of duplicate address detection. */
const addressesNow = async () =>
  JSON.parse(JSON.stringify(await json('addr', 'show'), (key, value) => (key === 'tentative' ? undefined : value)));

test('ifname= gives NICs their names, and swaps them', async () => {
  await lab.addCable('eth1', 'port1');
  const [first, second] = [await macOf('eth0'), await macOf('eth1')];
  await startWith(`ifname=eth1:${first} ifname=eth0:${second} ip=10.77.0.15:::24::eth1:none`, /^eth1 up 10\.77\.0\.15\/24 from ip=$/);
  expect(await macOf('eth1')).toBe(first);
  expect(await macOf('eth0')).toBe(second);
  await peerHas('10.77.0.1/24');
  await ping('10.77.0.15');
});

test('ifname= moves a link out of the way that has the name, and is done after a crash', async () => {
  await lab.addCable('eth1', 'port1');
  const [first, second] = [await macOf('eth0'), await macOf('eth1')];
  const words = `ifname=eth0:${second} ifname=spare:02:00:00:00:00:99 ip=10.77.0.15:::24::eth0:none`;
  const driver = await startWith(words, /^eth0 up 10\.77\.0\.15\/24/, /^eth1 up/);
  expect([await macOf('eth0'), await macOf('eth1')]).toEqual([second, first]);
  const before = await addressesNow();
  await driver.crash();
  await startWith(words, /^eth0 up 10\.77\.0\.15\/24/, /^eth1 up/);
  expect(await addressesNow()).toEqual(before);
});

test('rd.route=, second gateways and bootdev= become routes, and go at the release', async () => {
  await lab.addCable('eth1', 'port1');
  const driver = await startWith(
    'ip=10.77.0.15::10.77.0.1:24::eth0:none ip=10.78.0.15::10.78.0.1:24::eth1:none bootdev=eth1 ip=[2001:db8::15]::[2001:db8::1]:64::eth0:none ' +
      'rd.route=10.1.0.0/16:10.77.0.9 rd.route=10.2.0.0/16:10.78.0.9:eth1 rd.route=10.3.0.0/16::eth0 rd.route=[2001:db8:3::/48]:[2001:db8::9]:eth0 lifeboot.handover=release',
    /^eth0 up .*10\.77\.0\.15\/24 from ip=/,
    /^eth1 up 10\.78\.0\.15\/24 from ip=/,
  );
  const routes = async (family: string) =>
    (await json(family, 'route', 'show'))
      .filter((route: Record<string, unknown>) => route['protocol'] !== 'kernel')
      .map(({ dst, gateway, dev, metric }: Record<string, unknown>) =>
        [dst, gateway, dev, metric].filter((part) => part !== undefined).join(' '),
      )
      .sort();
  await expect
    .poll(() => routes('-4'), POLL)
    .toEqual([
      '10.1.0.0/16 10.77.0.9 eth0',
      '10.2.0.0/16 10.78.0.9 eth1',
      '10.3.0.0/16 eth0',
      'default 10.77.0.1 eth0 100',
      'default 10.78.0.1 eth1',
    ]);
  await expect.poll(() => routes('-6'), POLL).toEqual(['2001:db8:3::/48 2001:db8::9 eth0 1024', 'default 2001:db8::1 eth0 100']);
  await driver.ask({ op: 'release' });
  expect([...(await routes('-4')), ...(await routes('-6'))]).toEqual([]);
});

test('rd.route= through a gateway that no link reaches is named', async () => {
  await startWith(
    'ip=10.77.0.15:::24::eth0:none rd.route=10.1.0.0/16:10.99.0.9 rd.net.timeout.route=1',
    /^eth0 up 10\.77\.0\.15\/24 from ip=$/,
    /^route 10\.1\.0\.0\/16 failed \(no link reaches its gateway 10\.99\.0\.9 after 1 s\)$/,
  );
});

test('ip= with a peer, an MTU and a MAC shows in the kernel', async () => {
  await startWith(
    'ip=10.77.0.15:10.77.0.1:10.77.0.1:255.255.255.255::eth0:none:1400:02:00:00:00:00:09',
    /^eth0 up 10\.77\.0\.15\/32 from ip=$/,
  );
  const [address] = (await json('-4', 'addr', 'show', 'dev', 'eth0'))[0].addr_info;
  expect(address).toMatchObject({ local: '10.77.0.15', address: '10.77.0.1', prefixlen: 32 });
  expect(await linkOf('eth0')).toMatchObject({ mtu: 1400, address: '02:00:00:00:00:09' });
  await expect.poll(() => onMachine('ip', 'route', 'show', 'default'), POLL).toContain('default via 10.77.0.1 dev eth0');
  await lab.run(lab.peer, 'ip', 'addr', 'add', '10.77.0.1', 'peer', '10.77.0.15/32', 'dev', 'port0');
  await ping('10.77.0.15');
});

test('BOOTIF= chooses the NIC of a nameless ip=', async () => {
  await lab.addCable('eth1', 'port1');
  const mac = await macOf('eth1');
  await startWith(`ip=10.77.0.15:::24 BOOTIF=01-${mac.replaceAll(':', '-')}`, /^eth1 up 10\.77\.0\.15\/24 from ip=$/);
});

test('a link that does not come and one without cable stop nothing and are named within their time', async () => {
  await lab.addCable('eth1', 'port1');
  await lab.run(lab.peer, 'ip', 'link', 'set', 'port1', 'down');
  const driver = await startWith(
    'ip=10.77.0.15:::24::eth0:none ip=10.78.0.15:::24::eth1:none ip=10.79.0.15:::24::eth9:none rd.net.timeout.iflink=2 rd.net.timeout.carrier=1',
    /^eth0 up 10\.77\.0\.15\/24 from ip=$/,
    /^eth1 no carrier 10\.78\.0\.15\/24 from ip= \(no carrier after 1 s/,
    /^eth9 failed \(no such link after 2 s, wished by ip=: eth9 10\.79\.0\.15\/24\)$/,
  );
  await lab.addCable('eth9', 'port9');
  await untilLines(driver, /^eth9 up 10\.79\.0\.15\/24 from ip=$/);
});

test.skipIf(!hasBridge)('bridge= joins its ports, waits for one that is late, and goes at the release', async () => {
  await peerHas('10.77.0.1/24');
  const words = 'bridge=br0:eth0,eth1 ip=10.77.0.15:::24::br0:none rd.net.timeout.iflink=1 lifeboot.handover=release';
  const driver = await startWith(
    words,
    /^br0 up 10\.77\.0\.15\/24 from ip=$/,
    /^eth1 failed \(no such link after 1 s, wished for bridge br0\)$/,
  );
  await ping('10.77.0.15');
  expect(await linkOf('eth0')).toMatchObject({ master: 'br0' });
  await lab.addCable('eth1', 'port1');
  await driver.until((state) => !state.links.some((line) => line.includes('eth1 failed')), 'eth1 is there');
  await expect.poll(async () => (await linkOf('eth1')).master, POLL).toBe('br0');
  await driver.ask({ op: 'release' });
  expect((await json('link', 'show')).map((each: { ifname: string }) => each.ifname).sort()).toEqual(['eth0', 'eth1', 'lo']);
  expect(await linkOf('eth0')).toMatchObject({ flags: expect.arrayContaining(['UP']) });
  expect(await driver.ask({ op: 'verify', waitMs: 0 })).toMatchObject({ outcome: 'restored' });
  await untilLines(driver, /^br0 up 10\.77\.0\.15\/24 from ip=$/);
  await ping('10.77.0.15');
});

test.skipIf(!hasBridge)('bridge= is not made twice after a crash', async () => {
  const words = 'bridge=br0:eth0 ip=10.77.0.15:::24::br0:none';
  const first = await startWith(words, /^br0 up 10\.77\.0\.15\/24 from ip=$/);
  const before = (await linkOf('br0')).ifindex;
  await first.crash();
  await startWith(words, /^br0 up 10\.77\.0\.15\/24 from ip=$/);
  expect((await linkOf('br0')).ifindex).toBe(before);
});

test.skipIf(hasBond)('bond= that the kernel cannot make is named, and the rest goes on', async () => {
  await lab.addCable('eth1', 'port1');
  await startWith(
    'bond=bond0:eth1 ip=10.78.0.15:::24::bond0:none ip=10.77.0.15:::24::eth0:none rd.net.timeout.iflink=1',
    /^eth0 up 10\.77\.0\.15\/24 from ip=$/,
    /^bond bond0 failed \(bond bond0: ip link add name bond0 type bond .*Unknown device type/,
    /^bond0 failed \(no such link after 1 s/,
  );
});

test.skipIf(!hasBond)('bond= bundles two cables with its options, and works on when one is cut', async () => {
  await lab.addCable('eth1', 'port1');
  await lab.run(
    lab.peer,
    'sh',
    '-c',
    'ip link add br9 type bridge && ip link set port0 master br9 && ip link set port1 master br9 && ip link set br9 up && ip addr add 10.77.0.1/24 dev br9',
  );
  await startWith(
    'bond=bond0:eth0,eth1:mode=active-backup,miimon=50,primary=eth1:1400 ip=10.77.0.15:::24::bond0:none',
    /^bond0 up 10\.77\.0\.15\/24 from ip=$/,
  );
  expect(await linkOf('bond0')).toMatchObject({
    mtu: 1400,
    linkinfo: { info_data: { mode: 'active-backup', miimon: 50, primary: 'eth1' } },
  });
  await ping('10.77.0.15');
  await lab.run(lab.peer, 'ip', 'link', 'set', 'port1', 'down');
  await expect.poll(async () => (await linkOf('bond0')).linkinfo.info_data.active_slave, POLL).toBe('eth0');
  await ping('10.77.0.15');
});

test.skipIf(!hasVlan)('vlan= lies on its link with the number of its name', async () => {
  await lab.run(
    lab.peer,
    'sh',
    '-c',
    'ip link add link port0 name port0.5 type vlan id 5 && ip link set port0.5 up && ip addr add 10.77.0.1/24 dev port0.5',
  );
  await startWith('vlan=vlan0005:eth0 ip=10.77.0.15:::24::vlan0005:none', /^vlan0005 up 10\.77\.0\.15\/24 from ip=$/);
  expect(await linkOf('vlan0005')).toMatchObject({ link: 'eth0', linkinfo: { info_kind: 'vlan', info_data: { id: 5 } } });
  await ping('10.77.0.15');
});
