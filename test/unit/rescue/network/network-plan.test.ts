import { expect, test } from 'vitest';
import { chooseLink, chooseUnplugged, planLinkUp, planRelease, planWish } from '../../../../src/rescue/network/network-plan.ts';
import { cidr, link, wish } from './network-links.ts';

const commands = (steps: readonly { readonly argv: readonly string[] }[]) => steps.map((step) => step.argv.join(' '));
const down = { isUp: false, hasCarrier: false };

test('planWish() brings a bare link to what was wished', () => {
  const wished = wish({ gateways: ['10.0.2.2'], mtu: 1400, hostname: 'web1' }, '10.0.2.15/24', '2001:db8::5/64');
  expect(commands(planWish(wished, link('eth0', down), []))).toEqual([
    'ip link set dev eth0 mtu 1400',
    'ip link set dev eth0 up',
    'ip addr add 10.0.2.15/24 brd + dev eth0',
    'ip -6 addr add 2001:db8::5/64 dev eth0',
    'ip route add default via 10.0.2.2 dev eth0',
    'hostname web1',
  ]);
});

test('planWish() plans nothing for what is there: the kernel or an initramfs was first', () => {
  const wished = wish({ gateways: ['10.0.2.2'] }, '10.0.2.15/24');
  const routes = [{ family: 4, gateway: '10.0.2.2', device: 'eth0', metric: 0 }] as const;
  expect(planWish(wished, link('eth0', {}, '10.0.2.15/24'), routes)).toEqual([]);
  expect(planWish(wished, link('eth0', {}, '10.0.2.15/8'), routes)).toEqual([]);
});

test('planWish() reaches a gateway outside the network, and keeps second gateways apart by metric', () => {
  expect(commands(planWish(wish({ gateways: ['10.9.9.9'], metric: 100 }, '10.0.2.15/32'), link('eth1'), []))).toEqual([
    'ip addr add 10.0.2.15/32 dev eth1',
    'ip route add default via 10.9.9.9 dev eth1 onlink metric 100',
  ]);
  expect(commands(planWish(wish({ gateways: ['fe80::1'] }, '2001:db8::5/64'), link('eth0', {}, '2001:db8::5/64'), []))).toEqual([
    'ip -6 route add default via fe80::1 dev eth0',
  ]);
});

test('planRelease() takes off exactly what was wished, routes first', () => {
  const wished = wish({ gateways: ['10.0.2.2'] }, '10.0.2.15/24', '2001:db8::5/64');
  const there = link('eth0', {}, '10.0.2.15/8', '10.0.2.99/24', '2001:db8::5/64', 'fe80::1/64');
  const routes = [
    { family: 4, gateway: '10.0.2.2', device: 'eth0', metric: 0 },
    { family: 4, gateway: '10.0.2.2', device: 'eth1', metric: 0 },
    { family: 6, gateway: 'fe80::9', device: 'eth0', metric: 1024 },
  ] as const;
  expect(commands(planRelease(wished, there, routes))).toEqual([
    'ip route del default via 10.0.2.2 dev eth0 metric 0',
    'ip addr del 10.0.2.15/8 dev eth0',
    'ip -6 addr del 2001:db8::5/64 dev eth0',
  ]);
  expect(planRelease(wished, link('eth0', {}, '10.0.2.99/24'), [])).toEqual([]);
});

test('planLinkUp() leaves a link alone that is up', () => {
  expect(commands([...planLinkUp(link('eth0', down)), ...planLinkUp(link('eth1'))])).toEqual(['ip link set dev eth0 up']);
});

test('chooseLink() goes by name, by MAC, or by the first carrier', () => {
  const links = [link('lo'), link('eth0', { hasCarrier: false }), link('eth1', { mac: 'aa:aa:aa:aa:aa:aa' }), link('eth2')];
  const chosen = (facts: Parameters<typeof wish>[0], taken: string[] = []) => chooseLink(wish(facts), links, taken)?.name;
  expect(chosen({ device: 'eth0' })).toBe('eth0');
  expect(chosen({ device: 'eth9' })).toBeUndefined();
  expect(chosen({ mac: 'aa:aa:aa:aa:aa:aa' })).toBe('eth1');
  expect(chosen({ mac: 'aa:aa:aa:aa:aa:aa', device: 'eth0' })).toBeUndefined();
  expect(chosen({})).toBe('eth1');
  expect(chosen({}, ['eth1'])).toBe('eth2');
  expect(chooseUnplugged(links, [])?.name).toBe('eth0');
});

test('planWish() adds networks on the link first, then default routes, then what goes through a gateway', () => {
  const routes = [
    { to: cidr('10.1.0.0/16'), gateway: '10.0.2.9' },
    { to: cidr('10.9.0.0/16') },
    { to: cidr('2001:db8:3::/48'), gateway: '2001:db8::1', metric: 50 },
    { to: cidr('10.2.0.0/16'), gateway: '10.9.0.1' },
    { to: cidr('0.0.0.0/0'), gateway: '10.0.2.3', metric: 900 },
  ];
  const wished = wish({ gateways: ['10.0.2.2'], routes }, '10.0.2.15/24', '2001:db8::5/64');
  const there = link('eth0', {}, '10.0.2.15/24', '2001:db8::5/64');
  const steps = planWish(wished, there, []);
  expect(commands(steps)).toEqual([
    'ip route add 10.9.0.0/16 dev eth0',
    'ip route add default via 10.0.2.2 dev eth0',
    'ip route add 10.1.0.0/16 via 10.0.2.9 dev eth0',
    'ip -6 route add 2001:db8:3::/48 via 2001:db8::1 dev eth0 metric 50',
    'ip route add 10.2.0.0/16 via 10.9.0.1 dev eth0',
    'ip route add default via 10.0.2.3 dev eth0 metric 900',
  ]);
  const made = [
    { family: 4, to: '10.9.0.0/16', device: 'eth0', metric: 0 },
    { family: 4, gateway: '10.0.2.2', device: 'eth0', metric: 0 },
    { family: 4, to: '10.1.0.0/16', gateway: '10.0.2.9', device: 'eth0', metric: 0 },
    { family: 6, to: '2001:db8:3::/48', gateway: '2001:db8::1', device: 'eth0', metric: 50 },
    { family: 4, to: '10.2.0.0/16', gateway: '10.9.0.1', device: 'eth0', metric: 0 },
    { family: 4, gateway: '10.0.2.3', device: 'eth0', metric: 900 },
  ] as const;
  expect(planWish(wished, there, made)).toEqual([]);
  const somebodys = { family: 4, to: '10.77.0.0/16', gateway: '10.0.2.9', device: 'eth0', metric: 0 } as const;
  expect(commands(planRelease(wished, there, [...made, somebodys])).slice(0, 6)).toEqual([
    'ip route del default via 10.0.2.3 dev eth0 metric 900',
    'ip route del 10.2.0.0/16 via 10.9.0.1 dev eth0 metric 0',
    'ip -6 route del 2001:db8:3::/48 via 2001:db8::1 dev eth0 metric 50',
    'ip route del 10.1.0.0/16 via 10.0.2.9 dev eth0 metric 0',
    'ip route del default via 10.0.2.2 dev eth0 metric 0',
    'ip route del 10.9.0.0/16 dev eth0 metric 0',
  ]);
});

test('planWish() and planRelease() name the peer of a point-to-point address', () => {
  const wished = wish({ addresses: [{ ...cidr('10.0.0.1/32'), peer: '10.0.0.2' }], gateways: ['10.0.0.2'] });
  expect(commands(planWish(wished, link('eth0'), []))).toEqual([
    'ip addr add 10.0.0.1 peer 10.0.0.2/32 dev eth0',
    'ip route add default via 10.0.0.2 dev eth0',
  ]);
  const there = link('eth0', { addresses: link('eth0', {}, '10.0.0.1/32').addresses.map((each) => ({ ...each, peer: '10.0.0.2' })) });
  expect(planWish({ ...wished, gateways: [] }, there, [])).toEqual([]);
  expect(commands(planRelease(wished, there, []))).toEqual(['ip addr del 10.0.0.1 peer 10.0.0.2/32 dev eth0']);
});

test('planWish() gives a new MAC to a link that is down, unless an address would be lost', () => {
  const wished = wish({ setMac: '02:00:00:00:00:09' });
  expect(commands(planWish(wished, link('eth0'), []))).toEqual([
    'ip link set dev eth0 down',
    'ip link set dev eth0 address 02:00:00:00:00:09',
    'ip link set dev eth0 up',
  ]);
  expect(commands(planWish(wished, link('eth0', {}, '10.0.0.1/24'), []))[0]).toBe('ip link set dev eth0 address 02:00:00:00:00:09');
  expect(planWish(wished, link('eth0', { mac: '02:00:00:00:00:09' }), [])).toEqual([]);
});
