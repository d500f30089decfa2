import { afterEach, expect, test, vi } from 'vitest';
import { type Network, startNetwork } from '../../../../src/rescue/network/network.ts';
import { udhcpc } from '../../../../src/rescue/network/udhcpc.ts';
import { parseCmdline } from '../../../../src/sys/cmdline.ts';
import { type Config, defaultConfig } from '../../../../src/sys/config.ts';
import { parseConfigFile } from '../../../../src/sys/config-file.ts';
import { defaultSettings } from '../../../../src/sys/settings.ts';
import { link } from './network-links.ts';
import { NetworkSys } from './network-sys.ts';

const RELEASE = '[rescue]\nnetwork_handover = "release"\n';
const IP = 'ip=10.0.2.15::10.0.2.2:255.255.255.0::eth0:off';
const down = { isUp: false, hasCarrier: false };
const started: Network[] = [];

afterEach(async () => {
  for (const network of started.splice(0)) await network[Symbol.asyncDispose]();
});

function configOf(toml: string): Config {
  const { settings, network } = parseConfigFile(toml, 'lifeboot.toml', { settings: defaultSettings(), network: [] });
  return { ...defaultConfig(), ...settings, network };
}

/** Starts the network and lets `ms` pass. */
async function begin(sys: NetworkSys, { text = '', toml = '', ms = 1000, onChange = vi.fn() } = {}): Promise<Network> {
  const network = await startNetwork(sys, { cmdline: parseCmdline(text).cmdline, config: configOf(toml), onChange });
  started.push(network);
  await pass(sys, ms);
  return network;
}

/** Moves time on in small steps: each lets everything run that waits for nothing but its turn. */
async function pass(sys: NetworkSys, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 50) await sys.advance(50);
  for (let turn = 0; turn < 20; turn++) await sys.advance(0);
}

const commands = (sys: NetworkSys) => sys.ran.filter((line) => !line.startsWith('ip -j'));

test('startNetwork() puts the kernel option on its link and says so', async () => {
  const onChange = vi.fn();
  const sys = new NetworkSys(link('lo', down), link('eth0', down));
  const network = await begin(sys, { text: IP, onChange });
  expect(commands(sys)).toEqual([
    'ip link set dev lo up',
    'ip link set dev eth0 up',
    'ip addr add 10.0.2.15/24 brd + dev eth0',
    'ip route add default via 10.0.2.2 dev eth0',
  ]);
  expect(network.state()).toEqual({ links: ['eth0 up 10.0.2.15/24 from ip='], addresses: ['10.0.2.15'], problems: [], settled: true });
  expect(sys.lines).toContainEqual(expect.stringMatching(/network eth0: up \(10\.0\.2\.15\/24 from ip=\)/));
  expect(onChange).toHaveBeenLastCalledWith(network.state());
});

test('startNetwork() adds nothing twice: neither what the kernel put on nor what it did before a crash', async () => {
  const sys = new NetworkSys(link('lo'), link('eth0', {}, '10.0.2.15/24'));
  sys.routes = [{ family: 4, gateway: '10.0.2.2', device: 'eth0', metric: 0 }];
  await begin(sys, { text: IP });
  await begin(sys, { text: IP });
  expect(commands(sys)).toEqual([]);
  expect(sys.events.filter((event) => event === 'network eth0 up')).toHaveLength(2);
});

test('startNetwork() gives a nameless ip= the first link with a carrier', async () => {
  const sys = new NetworkSys(link('eth0', down), link('eth1', down));
  sys.unplugged.add('eth0');
  await begin(sys, { text: 'ip=10.0.2.15:::24' });
  expect([sys.addressesOf('eth0'), sys.addressesOf('eth1')]).toEqual([[], ['10.0.2.15/24']]);
});

test('startNetwork() gives a nameless ip= the first link when none is plugged, and says what is wrong', async () => {
  const sys = new NetworkSys(link('eth0', down), link('eth1', down));
  sys.unplugged.add('eth0').add('eth1');
  const network = await begin(sys, { text: 'ip=10.0.2.15:::24', ms: 25_000 });
  expect(network.state().links[0]).toBe(
    'eth0 no carrier 10.0.2.15/24 from ip= (no carrier after 10 s; 10.0.2.15/24 is set and works once the cable is in)',
  );
  sys.unplugged.delete('eth0');
  sys.edit('eth0', (before) => ({ ...before, hasCarrier: true }));
  await pass(sys, 6_000);
  expect(network.state().links[0]).toBe('eth0 up 10.0.2.15/24 from ip=');
});

test('startNetwork() uses [[network]] by name and by MAC, unless ip= names the link', async () => {
  const toml =
    '[[network]]\ninterface = "eth0"\naddress = "10.9.0.1/24"\n[[network]]\nmac = "52:54:00:00:00:02"\naddress = ["10.8.0.1/24", "2001:db8::1/64"]\ngateway = "10.8.0.254"\nnameservers = ["10.8.0.53"]\n';
  const sys = new NetworkSys(link('eth0'), link('eth1', { mac: '52:54:00:00:00:02' }));
  await begin(sys, { text: IP, toml });
  expect([sys.addressesOf('eth0'), sys.addressesOf('eth1')]).toEqual([['10.0.2.15/24'], ['10.8.0.1/24', '2001:db8::1/64']]);
  expect(commands(sys)).toContain('ip route add default via 10.8.0.254 dev eth1 metric 100');
  expect(await sys.readText('/run/lifeboot/etc/resolv.conf')).toBe('nameserver 10.8.0.53\n');
});

test('startNetwork() lets a nameless ip= take a link before [[network]] of the same link', async () => {
  const sys = new NetworkSys(link('eth0', down));
  await begin(sys, { text: 'ip=10.0.2.15:::24', toml: '[[network]]\ninterface = "eth0"\naddress = "10.9.0.1/24"\n' });
  expect(sys.addressesOf('eth0')).toEqual(['10.0.2.15/24']);
});

test('startNetwork() names a missing link after its deadline, and takes it when it comes after all', async () => {
  const sys = new NetworkSys(link('eth0'));
  const network = await begin(sys, { text: 'ip=10.0.2.15:::24::eth7:off', toml: '[rescue]\ndhcp = false', ms: 31_000 });
  expect(network.state().links).toEqual(['eth0 up no address', 'eth7 failed (no such link after 30 s, wished by ip=: eth7 10.0.2.15/24)']);
  expect(sys.events).toContain('network eth7 failed');
  sys.plugIn(link('eth7', down));
  await pass(sys, 12_000);
  expect(network.state().links[1]).toBe('eth7 up 10.0.2.15/24 from ip=');
});

test('startNetwork() says when there is no network interface at all', async () => {
  const sys = new NetworkSys(link('lo', down));
  const network = await begin(sys, { text: IP, ms: 6_000 });
  expect(sys.lines).toContainEqual(expect.stringMatching(/network none: failed \(no network interface\)$/));
  expect(network.state()).toMatchObject({ links: ['none failed (no network interface)'], addresses: [] });
  expect(commands(sys)).toEqual(['ip link set dev lo up']);
  expect(await network.verify()).toMatchObject({ outcome: 'none' });
});

test('startNetwork() gives up an address that another machine has, names it, and takes it when it is free', async () => {
  const sys = new NetworkSys(link('eth0'));
  sys.doubles.add('10.0.2.15');
  const network = await begin(sys, { text: IP, ms: 6_000 });
  expect(network.state().links[0]).toBe(
    'eth0 up no address (duplicate address: another machine has 10.0.2.15; 10.0.2.15 is given up until it is free)',
  );
  expect([sys.addressesOf('eth0'), sys.routes]).toEqual([[], []]);
  sys.doubles.clear();
  await pass(sys, 31_000);
  expect(network.state().links[0]).toBe('eth0 up 10.0.2.15/24 from ip=');
  expect(sys.routes).toHaveLength(1);
});

const dhcpOn = (sys: NetworkSys, device: string) =>
  sys.launchable(udhcpc.argv(device).join(' '), {
    effect: () => void sys.file(`${udhcpc.directory}/${device}`, 'ip=10.5.0.9\nmask=24\n'),
  });
const launched = (sys: NetworkSys) => sys.journal.filter((line) => line.startsWith('launch')).map((line) => line.split(' ')[4]);

test('startNetwork() asks DHCP on every link with a carrier where nothing was wished, and on one that gets it later', async () => {
  const sys = new NetworkSys(link('eth0', down), link('eth1', down), link('eth2', down));
  sys.unplugged.add('eth1');
  for (const device of ['eth0', 'eth1', 'eth2']) dhcpOn(sys, device);
  const network = await begin(sys);
  expect(launched(sys)).toEqual(['eth0', 'eth2']);
  expect(network.state().links[0]).toBe('eth0 up 10.5.0.9/24 from DHCP');
  sys.unplugged.delete('eth1');
  sys.edit('eth1', (before) => ({ ...before, hasCarrier: true }));
  await pass(sys, 6_000);
  expect(launched(sys)).toEqual(['eth0', 'eth2', 'eth1']);
});

test.each([
  ['ip=off', ''],
  ['', '[rescue]\ndhcp = false'],
  [IP, ''],
])('startNetwork() asks no DHCP with %s %s', async (text, toml) => {
  const sys = new NetworkSys(link('eth0'), link('eth1'));
  const network = await begin(sys, { text, toml, ms: 60_000 });
  expect(launched(sys)).toEqual([]);
  expect(network.state().settled).toBe(true);
});

test('startNetwork() climbs to DHCP on the other link when the one that was told has no carrier', async () => {
  const sys = dhcpOn(new NetworkSys(link('eth0', down), link('eth1', down)), 'eth1') as NetworkSys;
  sys.unplugged.add('eth0');
  const network = await begin(sys, { text: IP, ms: 20_000 });
  expect(launched(sys)).toEqual([]);
  await pass(sys, 15_000);
  expect(launched(sys)).toEqual(['eth1']);
  expect(network.state().links[1]).toBe('eth1 up 10.5.0.9/24 from DHCP');
});

test('startNetwork() goes on when a command fails, and says which', async () => {
  const sys = new NetworkSys(link('eth0', {}, '10.0.2.15/24'));
  sys.answer('hostname web1', { code: 1, stderr: 'hostname: permission denied\n' });
  const network = await begin(sys, { text: 'ip=10.0.2.15::10.0.2.2:24:web1:eth0:off' });
  expect(network.state().links[0]).toContain('(host name web1: hostname web1: hostname: permission denied)');
  expect(sys.routes).toHaveLength(1);
});

test('startNetwork() reports a broken ip= and still takes links up', async () => {
  const sys = new NetworkSys(link('eth0', down));
  const network = await begin(sys, { text: 'ip=10.0.2.300' });
  expect(network.state().problems).toEqual([expect.stringContaining('kernel command line: "ip=10.0.2.300"')]);
  expect(commands(sys)).toEqual(['ip link set dev eth0 up']);
});

test('release() takes off exactly ours, leaves the link up, and stays released over a crash', async () => {
  const sys = new NetworkSys(link('eth0', {}, '10.7.0.1/24'));
  const network = await begin(sys, { text: IP, toml: RELEASE });
  expect(await network.release()).toMatchObject({ links: ['eth0 released: default via 10.0.2.2, 10.0.2.15/24'] });
  expect(sys.addressesOf('eth0')).toEqual(['10.7.0.1/24']);
  expect(sys.routes).toEqual([]);
  expect(sys.links[0]?.isUp).toBe(true);
  await begin(sys, { text: IP, toml: RELEASE, ms: 5_000 });
  expect(sys.addressesOf('eth0')).toEqual(['10.7.0.1/24']);
  expect(await network.release()).toMatchObject({ links: ['eth0 released: nothing of ours was there'] });
});

test('release() of one link leaves the others', async () => {
  const sys = new NetworkSys(link('eth0'), link('eth1'));
  const network = await begin(sys, { text: `${IP} ip=10.3.0.1:::24::eth1:off`, toml: RELEASE });
  await network.release({ interfaces: ['eth1'] });
  expect([sys.addressesOf('eth0'), sys.addressesOf('eth1')]).toEqual([['10.0.2.15/24'], []]);
});

test('release() changes nothing when the policy is keep', async () => {
  const sys = new NetworkSys(link('eth0'));
  const network = await begin(sys, { text: IP, toml: '[rescue]\nnetwork_handover = "keep"' });
  expect(await network.release()).toMatchObject({
    decisions: [{ device: 'eth0', policy: 'keep' }],
    links: ['eth0 kept: 10.0.2.15/24, default via 10.0.2.2 metric 0'],
  });
  expect(sys.addressesOf('eth0')).toEqual(['10.0.2.15/24']);
});

test('release() with adopt keeps the address reachable out of the way, until the machine has its own', async () => {
  const sys = new NetworkSys(link('eth0'));
  const network = await begin(sys, { text: IP });
  expect(await network.release({ script: 'networking' })).toMatchObject({ decisions: [{ device: 'eth0', policy: 'adopt' }] });
  expect(sys.addressesOf('eth0')).toEqual(['10.0.2.15/31']);
  expect(sys.routes).toEqual([{ family: 4, gateway: '10.0.2.2', device: 'eth0', metric: 4_000_000_000 }]);
  expect(network.state().addresses).toEqual(['10.0.2.15']);
  sys.edit('eth0', (before) => ({ ...before, addresses: [...before.addresses, ...link('eth0', {}, '10.0.2.15/24').addresses] }));
  const verified = network.verify();
  await pass(sys, 1_000);
  expect(await verified).toEqual({ outcome: 'working', links: ['eth0 10.0.2.15/24'] });
  expect([sys.addressesOf('eth0'), sys.routes]).toEqual([['10.0.2.15/24'], []]);
  expect(network.state().links).toEqual([
    'eth0 up 10.0.2.15/24',
    'eth0 handed over (adopt): 10.0.2.15/24, default via 10.0.2.2 metric 0 before, 10.0.2.15/24 after',
  ]);
  expect(sys.events).toContain('network eth0 handed-over');
});

test('release() of a link that the machine has already taken over touches nothing of the machine', async () => {
  const sys = new NetworkSys(link('eth0'));
  const network = await begin(sys, { text: IP, toml: RELEASE });
  await network.release({ script: 'networking' });
  sys.edit('eth0', () => link('eth0', {}, '10.0.2.15/24'));
  await network.verify();
  await network.release({ script: 'ifplugd' });
  expect(sys.addressesOf('eth0')).toEqual(['10.0.2.15/24']);
});

test('verify() puts the whole of an adopted address back when the machine has none', async () => {
  const sys = new NetworkSys(link('eth0'));
  const network = await begin(sys, { text: IP });
  await network.release();
  const verified = network.verify();
  await pass(sys, 31_000);
  expect(await verified).toMatchObject({ outcome: 'restored' });
  expect([sys.addressesOf('eth0'), sys.routes]).toEqual([
    ['10.0.2.15/24'],
    [{ family: 4, gateway: '10.0.2.2', device: 'eth0', metric: 0 }],
  ]);
});

test('a rescue that was killed in the middle of a hand-over does what was decided', async () => {
  const sys = new NetworkSys(link('eth0'), link('eth1'));
  const text = `${IP} ip=10.3.0.1:::24::eth1:off lifeboot.handover=eth0:release,eth1:keep`;
  const first = await begin(sys, { text });
  await first[Symbol.asyncDispose]();
  const record = JSON.parse((await sys.readText('/run/lifeboot/network.json')) ?? '');
  const before = { device: 'eth0', addresses: ['10.0.2.15/24'], routes: [], clients: [] };
  const handovers = [
    { device: 'eth0', policy: 'release', why: 'x', stage: 'decided', before },
    { device: 'eth1', policy: 'keep', why: 'x', stage: 'decided', before: { ...before, device: 'eth1' } },
  ];
  sys.file('/run/lifeboot/network.json', JSON.stringify({ ...record, released: 'all', handovers }));
  await begin(sys, { text });
  expect([sys.addressesOf('eth0'), sys.addressesOf('eth1')]).toEqual([[], ['10.3.0.1/24']]);
});

test('verify() puts right what is kept', async () => {
  const sys = new NetworkSys(link('eth0'), link('eth1', {}, '10.3.0.1/24'));
  const network = await begin(sys, { text: IP, toml: '[rescue]\nnetwork_handover = "keep"' });
  await network.release();
  sys.edit('eth0', (before) => ({ ...before, addresses: [] }));
  expect(await network.verify()).toMatchObject({ outcome: 'working' });
  expect(sys.addressesOf('eth0')).toEqual(['10.0.2.15/24']);
});

test('verify() reports what the machine has by itself', async () => {
  const sys = new NetworkSys(link('eth0'));
  const network = await begin(sys, { text: IP });
  await network.release();
  sys.edit('eth0', () => link('eth0', {}, '10.0.2.77/24'));
  expect(await network.verify()).toEqual({ outcome: 'working', links: ['eth0 10.0.2.77/24'] });
  expect(sys.addressesOf('eth0')).toEqual(['10.0.2.77/24']);
});

test('verify() puts ours back when the machine has no working address in time, even on a link it took down', async () => {
  const sys = new NetworkSys(link('eth0'));
  const network = await begin(sys, { text: IP });
  await network.release();
  sys.edit('eth0', (before) => ({ ...before, isUp: false, hasCarrier: false, addresses: [] }));
  const verified = network.verify(5_000);
  await pass(sys, 6_000);
  expect(await verified).toMatchObject({ outcome: 'restored' });
  expect(sys.addressesOf('eth0')).toEqual(['10.0.2.15/24']);
  expect(sys.routes).toHaveLength(1);
  expect(sys.events).toContain('network eth0 restored');
});

test('a lease goes on the link, is replaced by the next, and is given up at the hand-over', async () => {
  const sys = new NetworkSys(link('eth0', down)).launchable(udhcpc.argv('eth0').join(' '), { pid: 77 }) as NetworkSys;
  const network = await begin(sys, { text: 'ip=dhcp', toml: RELEASE });
  await sys.writeAtomic(`${udhcpc.directory}/eth0`, 'ip=10.0.2.20\nmask=24\nrouter=10.0.2.2\ndns=10.0.2.3\n');
  await pass(sys, 1000);
  expect(network.state().links).toEqual(['eth0 up 10.0.2.20/24 from DHCP']);
  await sys.writeAtomic(`${udhcpc.directory}/eth0`, 'ip=10.0.2.21\nmask=24\nrouter=10.0.2.2\ndns=10.0.2.3\n');
  await pass(sys, 1000);
  expect(sys.addressesOf('eth0')).toEqual(['10.0.2.21/24']);
  await network.release();
  await pass(sys, 40_000);
  expect(sys.addressesOf('eth0')).toEqual([]);
  expect(network.state().links[0]).toBe('eth0 up no address');
  expect(sys.journal.filter((line) => /^(launch|kill)/.test(line))).toEqual([expect.stringMatching(/^launch udhcpc/), 'kill 77 SIGTERM']);
});

test('a link whose DHCP server is silent is named, and does not keep the static one waiting', async () => {
  const sys = new NetworkSys(link('eth0', down), link('eth1', down)).launchable(udhcpc.argv('eth1').join(' ')) as NetworkSys;
  const network = await begin(sys, { text: `ip=eth1:dhcp ${IP}` });
  expect(sys.addressesOf('eth0')).toEqual(['10.0.2.15/24']);
  await pass(sys, 31_000);
  expect(network.state().links).toEqual(['eth0 up 10.0.2.15/24 from ip=', 'eth1 up no address (no DHCP answer within 30 s; still asking)']);
});
