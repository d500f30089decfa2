import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientArgv, dhcpPlace, endClient, followLease, type Lease, parseLease } from '../../../../src/rescue/network/dhcp-client.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';

const leaseText = 'ip=10.0.2.15\nmask=24\nrouter=10.0.2.2 10.0.2.9\ndns=10.0.2.3 1.1.1.1\nserver=10.0.2.2\nlease=86400\n';
const lease: Lease = {
  address: { address: '10.0.2.15', prefix: 24, family: 4 },
  gateways: ['10.0.2.2'],
  nameservers: ['10.0.2.3', '1.1.1.1'],
};
const command = clientArgv('eth0', dhcpPlace).join(' ');
const file = `${dhcpPlace.directory}/eth0`;

test('parseLease() reads what the script wrote', () => {
  expect(parseLease(leaseText)).toEqual(lease);
  expect(parseLease('ip=\nmask=\n')).toBeUndefined();
  fc.assert(fc.property(fc.string(), (text) => void parseLease(text)));
});

test('followLease() starts one client and tells of each change of the lease', async () => {
  const sys = new FakeSys().launchable(command, { pid: 77 });
  const stop = new AbortController();
  const seen: (Lease | undefined)[] = [];
  const following = followLease(sys, { device: 'eth0', place: dhcpPlace, signal: stop.signal }, async (each) => {
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
  const sys = new FakeSys().process({ pid: 50, argv: ['/run/lifeboot/bin/udhcpc', '-f', '-i', 'eth0'] }).file(file, leaseText);
  const stop = new AbortController();
  await followLease(sys, { device: 'eth0', place: dhcpPlace, signal: stop.signal }, async (each) => {
    expect(each).toEqual(lease);
    stop.abort();
  });
  expect(sys.journal.some((line) => line.startsWith('launch'))).toBe(false);
});

test("endClient() ends the link's client only, and forgets the lease", async () => {
  const sys = new FakeSys().file(file, leaseText);
  sys.process({ pid: 50, argv: ['udhcpc', '-f', '-i', 'eth0'] }).process({ pid: 51, argv: ['udhcpc', '-f', '-i', 'eth1'] });
  await endClient(sys, 'eth0', dhcpPlace);
  expect(sys.journal).toEqual(['kill 50 SIGTERM', `remove ${file}`]);
  expect(await sys.readText(file)).toBeUndefined();
});
