import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientsOf, endClient, followLease, type Lease } from '../../../../src/rescue/network/dhcp-client.ts';
import { dhcpcd } from '../../../../src/rescue/network/dhcpcd.ts';
import { udhcpc } from '../../../../src/rescue/network/udhcpc.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const leaseText = 'ip=10.0.2.15\nmask=24\nrouter=10.0.2.2 10.0.2.9\ndns=10.0.2.3 1.1.1.1\nserver=10.0.2.2\nlease=86400\n';
const lease: Lease = {
  address: { address: '10.0.2.15', prefix: 24, family: 4 },
  gateways: ['10.0.2.2'],
  nameservers: ['10.0.2.3', '1.1.1.1'],
};
const command = udhcpc.argv('eth0').join(' ');
const file = `${udhcpc.directory}/eth0`;

test('udhcpc.parseLease() reads what the script wrote', () => {
  expect(udhcpc.parseLease(leaseText)).toEqual(lease);
  expect(udhcpc.parseLease('ip=\nmask=\n')).toBeUndefined();
  fc.assert(fc.property(fc.string(), (text) => void udhcpc.parseLease(text)));
});

test('dhcpcd.parseLease() reads what the script wrote: the address alone, for what is on the link is told by the router', () => {
  expect(dhcpcd.parseLease('ip=2001:DB8:9:0::10f\ndns=2001:db8:9::53 10.0.2.3 x\nlease=120\n')).toEqual({
    address: { address: '2001:db8:9::10f', prefix: 128, family: 6 },
    gateways: [],
    nameservers: ['2001:db8:9::53', '10.0.2.3'],
  });
  expect(dhcpcd.parseLease('ip=\ndns=\n')).toBeUndefined();
  expect(dhcpcd.parseLease('ip=10.0.2.15\n')).toBeUndefined();
  fc.assert(fc.property(fc.string(), (text) => void dhcpcd.parseLease(text)));
});

test('followLease() starts one client and tells of each change of the lease', async () => {
  const sys = new FakeSys().launchable(command, { pid: 77 });
  const stop = new AbortController();
  const seen: (Lease | undefined)[] = [];
  const following = followLease(sys, { device: 'eth0', client: udhcpc, signal: stop.signal }, async (each) => {
    seen.push(each);
    if (seen.length === 1) void sys.remove(file);
    else stop.abort();
  });
  await sys.sleep(100);
  await sys.writeAtomic(file, leaseText);
  await following;
  expect(seen).toEqual([lease, undefined]);
  expect(sys.journal.filter((line) => line.startsWith('launch'))).toEqual([`launch ${command}`]);
});

test('followLease() takes over the client of a rescue that was killed, and its lease', async () => {
  const sys = new FakeSys().process({ pid: 50, argv: udhcpc.argv('eth0') }).file(file, leaseText);
  const stop = new AbortController();
  await followLease(sys, { device: 'eth0', client: udhcpc, signal: stop.signal }, async (each) => {
    expect(each).toEqual(lease);
    stop.abort();
  });
  expect(sys.journal.some((line) => line.startsWith('launch'))).toBe(false);
});

const ifInet6 = (flags: string, name = 'eth0') => `fe800000000000006867 02 40 20 ${flags} ${name}\n`;

test.each([
  ['no address', ''],
  ['a tentative one', ifInet6('40')],
  ['one that was found elsewhere', ifInet6('88')],
  ["another link's", ifInet6('80', 'eth1')],
  ['a global one', 'fe800000000000006867 02 40 00 80 eth0\n'],
])('followLease() starts no DHCPv6 client on a link with %s, and one as soon as its link-local address can be used', async (_, before) => {
  const command6 = dhcpcd.argv('eth0').join(' ');
  const sys = new FakeSys().launchable(command6, { pid: 78 }).file('/proc/net/if_inet6', before);
  const stop = new AbortController();
  const following = followLease(sys, { device: 'eth0', client: dhcpcd, signal: stop.signal }, async () => undefined);
  await sys.sleep(10_000);
  const launched = () => sys.journal.filter((line) => line.startsWith('launch'));
  expect(launched()).toEqual([]);
  sys.file('/proc/net/if_inet6', ifInet6('80'));
  await sys.sleep(10_000);
  expect(launched()).toEqual([`launch ${command6}`]);
  stop.abort();
  await following;
});

test("endClient() ends the link's client only, and forgets the lease", async () => {
  const sys = new FakeSys().file(file, leaseText);
  sys.process({ pid: 50, argv: udhcpc.argv('eth0') }).process({ pid: 51, argv: udhcpc.argv('eth1') });
  await endClient(sys, 'eth0', udhcpc);
  expect(sys.journal).toEqual(['kill 50 SIGTERM', `remove ${file}`]);
  expect(await sys.readText(file)).toBeUndefined();
});

test("clientsOf() leaves the machine's own clients alone, and those of another network namespace", async () => {
  const sys = new FakeSys().link('/proc/self/ns/net', 'net:[1]');
  const processes = [
    { pid: 50, argv: ['udhcpc', '-i', 'eth0', '-s', '/etc/udhcpc/default.script'], net: 'net:[1]' },
    { pid: 51, argv: udhcpc.argv('eth0'), net: 'net:[2]' },
    { pid: 52, argv: ['/run/lifeboot/bin/udhcpc', ...udhcpc.argv('eth0').slice(1)], net: 'net:[1]' },
    { pid: 53, argv: ['vi', udhcpc.script, 'eth0'], net: 'net:[1]' },
  ];
  for (const { net, ...facts } of processes) sys.process(facts).link(`/proc/${facts.pid}/ns/net`, net);
  expect((await clientsOf(sys, 'eth0', udhcpc)).map(({ pid }) => pid)).toEqual([52]);
});

test('clientsOf() knows a client that overwrote its argv by the number it wrote down', async () => {
  const sys = new FakeSys().file('/run/lbdhcp/eth0-6.pid', '61\n').file('/run/lbdhcp/eth1-6.pid', '62\n');
  sys.process({ pid: 60, comm: 'dhcpcd', argv: ['dhcpcd: eth0 [ip6]'] }).process({ pid: 61, comm: 'dhcpcd', argv: ['boot/d: eth0 [ip6]'] });
  sys.process({ pid: 62, comm: 'sleep', argv: ['sleep', '9'] });
  expect((await clientsOf(sys, 'eth0', dhcpcd)).map(({ pid }) => pid)).toEqual([61]);
  expect(await clientsOf(sys, 'eth1', dhcpcd)).toEqual([]);
});
