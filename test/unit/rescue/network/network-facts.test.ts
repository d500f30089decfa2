import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDefaultRoutes, parseLinks } from '../../../../src/rescue/network/network-facts.ts';

/** As ip(8) of iproute2 6.1 prints it, shortened. */
const sample = JSON.stringify([
  {
    ifindex: 2,
    ifname: 'eth0',
    flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
    mtu: 1500,
    operstate: 'UP',
    link_type: 'ether',
    address: '52:54:00:12:34:56',
    addr_info: [
      { family: 'inet', local: '10.0.2.15', prefixlen: 24, scope: 'global' },
      { family: 'inet6', local: 'fe80::5054:ff:fe12:3456', prefixlen: 64, scope: 'link' },
      { family: 'inet6', local: '2001:db8::1', prefixlen: 64, scope: 'global', dynamic: true, tentative: true, dadfailed: true },
    ],
  },
  {
    ifindex: 1,
    ifname: 'lo',
    flags: ['LOOPBACK'],
    mtu: 65536,
    operstate: 'DOWN',
    link_type: 'loopback',
    address: '00:00:00:00:00:00',
    addr_info: [],
  },
  { ifindex: 3, ifname: 'ifb0', flags: ['BROADCAST', 'NOARP'], mtu: 1500, operstate: 'DOWN', link_type: 'ether', addr_info: [{}] },
  {
    ifindex: 4,
    ifname: 'eth1',
    flags: ['NO-CARRIER', 'UP'],
    mtu: 1500,
    operstate: 'DOWN',
    link_type: 'ether',
    master: 'bond0',
    addr_info: [],
  },
]);

test('parseLinks() reads links in the order of the kernel', () => {
  const links = parseLinks(sample);
  expect(links.map((link) => [link.name, link.isUp, link.hasCarrier, link.isCandidate])).toEqual([
    ['lo', false, false, false],
    ['eth0', true, true, true],
    ['ifb0', false, false, false],
    ['eth1', true, false, false],
  ]);
  expect(links[1]?.addresses).toEqual([
    { address: '10.0.2.15', prefix: 24, family: 4, scope: 'global', duplicate: false, dynamic: false },
    { address: 'fe80::5054:ff:fe12:3456', prefix: 64, family: 6, scope: 'link', duplicate: false, dynamic: false },
    { address: '2001:db8::1', prefix: 64, family: 6, scope: 'global', duplicate: true, dynamic: true },
  ]);
});

test('parseDefaultRoutes() reads both families and leaves out routes without a gateway', () => {
  const json = JSON.stringify([
    { dst: 'default', gateway: '10.0.2.2', dev: 'eth0', flags: [] },
    { dst: 'default', gateway: 'fe80::1', dev: 'eth0', metric: 1024 },
    { dst: 'default', dev: 'ppp0' },
    { dst: '10.0.2.0/24', dev: 'eth0' },
  ]);
  expect(parseDefaultRoutes(json)).toEqual([
    { family: 4, gateway: '10.0.2.2', device: 'eth0', metric: 0 },
    { family: 6, gateway: 'fe80::1', device: 'eth0', metric: 1024 },
  ]);
});

test('parseLinks() and parseDefaultRoutes() take any output for what it is', () => {
  for (const text of ['', 'null', '{}', '[1,null,[]]', '[{}]', 'RTNETLINK answers: …', '[{"ifname":"x","flags":3,"addr_info":3}]']) {
    expect(parseLinks(text).length + parseDefaultRoutes(text).length).toBeLessThanOrEqual(1);
  }
  fc.assert(fc.property(fc.json(), (text) => void [parseLinks(text), parseDefaultRoutes(text)]));
});
