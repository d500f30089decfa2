import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linkNamed, parseLinks, parseRoutes } from '../../../../src/rescue/network/network-facts.ts';

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

test('parseRoutes() reads both families and leaves out what the kernel made, and defaults without a gateway', () => {
  const json = JSON.stringify([
    { dst: 'default', gateway: '10.0.2.2', dev: 'eth0', flags: [] },
    { dst: 'default', gateway: 'fe80::1', dev: 'eth0', metric: 1024 },
    { dst: 'default', dev: 'ppp0' },
    { dst: '10.0.2.0/24', dev: 'eth0', protocol: 'kernel' },
    { dst: '10.1.0.0/16', gateway: '10.0.2.9', dev: 'eth0', protocol: 'boot', metric: 5 },
    { dst: '10.9.9.9', dev: 'eth0' },
    { dst: '2001:db8:3::/48', gateway: '2001:DB8::1', dev: 'eth0', metric: 1024 },
    { dst: 'unreachable', dev: 'lo' },
  ]);
  expect(parseRoutes(json)).toEqual([
    { family: 4, gateway: '10.0.2.2', device: 'eth0', metric: 0 },
    { family: 6, gateway: 'fe80::1', device: 'eth0', metric: 1024 },
    { family: 4, to: '10.1.0.0/16', gateway: '10.0.2.9', device: 'eth0', metric: 5 },
    { family: 4, to: '10.9.9.9/32', device: 'eth0', metric: 0 },
    { family: 6, to: '2001:db8:3::/48', gateway: '2001:db8::1', device: 'eth0', metric: 1024 },
  ]);
});

test('parseLinks() and parseRoutes() take any output for what it is', () => {
  for (const text of ['', 'null', '{}', '[1,null,[]]', '[{}]', 'RTNETLINK answers: …', '[{"ifname":"x","flags":3,"addr_info":3}]']) {
    expect(parseLinks(text).length + parseRoutes(text).length).toBeLessThanOrEqual(1);
  }
  fc.assert(fc.property(fc.json(), (text) => void [parseLinks(text), parseRoutes(text)]));
});

test('parseLinks() reads what a link is part of, and its permanent MAC', () => {
  const rows = [
    {
      ifname: 'bond0',
      ifindex: 5,
      address: '02:00:00:00:00:01',
      linkinfo: { info_kind: 'bond', info_data: { mode: 'active-backup', primary: 'eth1' } },
    },
    {
      ifname: 'eth1',
      ifindex: 2,
      address: '02:00:00:00:00:01',
      master: 'bond0',
      linkinfo: { info_slave_data: { perm_hwaddr: '02:00:00:00:00:0B' } },
    },
    { ifname: 'eth2', ifindex: 3, address: '02:00:00:00:00:03', permaddr: '02:00:00:00:00:0c' },
  ];
  const links = parseLinks(JSON.stringify(rows));
  expect(links.map(({ name, kind, master, primary, permanentMac }) => ({ name, kind, master, primary, permanentMac }))).toEqual([
    { name: 'eth1', master: 'bond0', permanentMac: '02:00:00:00:00:0b' },
    { name: 'eth2', permanentMac: '02:00:00:00:00:0c' },
    { name: 'bond0', kind: 'bond', primary: 'eth1' },
  ]);
  expect(linkNamed('02:00:00:00:00:0b', links)?.name).toBe('eth1');
  expect(linkNamed('02:00:00:00:00:01', links)).toBeUndefined();
  expect(linkNamed('bond0', links)?.name).toBe('bond0');
});
