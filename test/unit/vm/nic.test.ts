import { expect, test } from 'vitest';
import { networkArguments, nicMac } from '../../../vm/nic.ts';

const forwards = [{ host: 40_000, guest: 2222 }];

test('networkArguments() forwards ports of this host only', () => {
  expect(networkArguments({ nics: [{}], forwards })).toEqual([
    '-netdev',
    'user,id=n0,hostfwd=tcp:127.0.0.1:40000-:2222',
    '-device',
    'virtio-net-pci,id=nic0,netdev=n0,mac=52:54:00:12:34:56',
  ]);
});

test('networkArguments() leaves the network card out', () => {
  expect(networkArguments({ nics: [], forwards })).toEqual(['-nic', 'none']);
});

test('networkArguments() gives the forwards to one user network only, whatever stands before it', () => {
  const text = networkArguments({ nics: [{ cable: 'nowhere' }, {}, {}], forwards }).join('\n');
  expect(text.match(/hostfwd/g)).toHaveLength(1);
  expect(text).toContain('user,id=n1,hostfwd');
});

test('networkArguments() keeps two cables that lead nowhere apart', () => {
  const hubs = networkArguments({ nics: [{ cable: 'nowhere' }, { cable: 'nowhere' }], forwards })
    .join('\n')
    .match(/hubid=\d+/g);
  expect(new Set(hubs).size).toBe(2);
});

test('networkArguments() takes the model that was chosen', () => {
  expect(networkArguments({ nics: [{ model: 'vmxnet3' }], forwards }).at(-1)).toMatch(/^vmxnet3,/);
});

test('networkArguments() puts the user network behind the switch when it is the uplink', () => {
  const text = networkArguments({ nics: [{ cable: { socket: '/s/eth0' } }], forwards, uplink: { socket: '/s/up' } }).join('\n');
  expect(text).toContain('stream,id=n0,server=off,addr.type=unix,addr.path=/s/eth0');
  expect(text).toContain('user,id=user,hostfwd=tcp:127.0.0.1:40000-:2222');
  expect(text.match(/hubid=0/g)).toHaveLength(2);
});

test('nicMac() counts', () => {
  expect([nicMac(0), nicMac(1)]).toEqual(['52:54:00:12:34:56', '52:54:00:12:34:57']);
});
