import { expect, test } from 'vitest';
import { orderVirtual } from '../../../../src/rescue/network/order-virtual.ts';
import type { VirtualLink } from '../../../../src/sys/virtual-link.ts';

const bond = (name: string, ...members: readonly string[]): VirtualLink => ({ kind: 'bond', name, members, options: [] });
const bridge = (name: string, ...members: readonly string[]): VirtualLink => ({ kind: 'bridge', name, members });
const vlan = (name: string, parent: string): VirtualLink => ({ kind: 'vlan', name, parent, id: 5 });
const order = (...links: readonly VirtualLink[]) => {
  const { ordered, left } = orderVirtual(links);
  return [ordered.map(({ name }) => name), left.map(({ link, why }) => `${link.name} ${why}`)];
};

test('orderVirtual() puts what a link stands on before it', () => {
  expect(order(bridge('br0', 'vlan5'), vlan('vlan5', 'bond0'), bond('bond0', 'eth0', 'eth1'))).toEqual([['bond0', 'vlan5', 'br0'], []]);
  expect(order(vlan('vlan5', 'eth0'), vlan('vlan6', 'eth0'))).toEqual([['vlan5', 'vlan6'], []]);
});

test('orderVirtual() leaves out circles and links that two want, and takes the later of two with one name', () => {
  expect(order(vlan('vlan5', 'br0'), bridge('br0', 'vlan5'), bond('bond0', 'eth0'))).toEqual([
    ['bond0'],
    ['vlan5 stands on itself in the end', 'br0 stands on itself in the end'],
  ]);
  expect(order(bond('bond0', 'eth0', 'eth1'), bridge('br0', 'eth1'))).toEqual([['bond0'], ['br0 eth1 is a member of bond0 already']]);
  expect(orderVirtual([bond('bond0', 'eth0'), bond('bond0', 'eth1')]).ordered).toEqual([bond('bond0', 'eth1')]);
});
