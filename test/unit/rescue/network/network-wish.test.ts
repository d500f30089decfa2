import { expect, test } from 'vitest';
import { readWishes } from '../../../../src/rescue/network/network-wish.ts';
import { parseCmdline } from '../../../../src/sys/cmdline.ts';
import type { NetworkSetting } from '../../../../src/sys/network-setting.ts';
import { formatProblem } from '../../../../src/sys/problem.ts';
import { cidr } from './network-links.ts';

const wishes = (text: string, settings: readonly NetworkSetting[] = []) => readWishes(parseCmdline(text).cmdline, settings);
const eth0: NetworkSetting = { interface: 'eth0', addresses: [cidr('10.9.0.1/24')], gateways: ['10.9.0.254'], nameservers: ['10.9.0.53'] };

test('readWishes() puts ip= before [[network]], with metrics that keep their gateways apart', () => {
  const { wishes: list, nameservers, problems } = wishes('ip=10.0.2.15::10.0.2.2:24::eth1:off:10.0.2.3 nameserver=1.1.1.1', [eth0]);
  expect(list).toEqual([
    { source: 'ip=', method: 'static', device: 'eth1', addresses: [cidr('10.0.2.15/24')], gateways: ['10.0.2.2'], metric: 0 },
    { source: 'lifeboot.toml', method: 'static', device: 'eth0', addresses: [cidr('10.9.0.1/24')], gateways: ['10.9.0.254'], metric: 100 },
  ]);
  expect(nameservers).toEqual(['10.0.2.3', '1.1.1.1', '10.9.0.53']);
  expect(problems).toEqual([]);
});

test('readWishes() lets ip= silence the entry of the link it names, even with off', () => {
  expect(wishes('ip=eth0:dhcp', [eth0]).wishes).toEqual([expect.objectContaining({ method: 'dhcp', source: 'DHCP' })]);
  expect(wishes('ip=eth0:off', [eth0]).wishes).toEqual([]);
  expect(wishes('ip=off', [eth0]).wishes).toHaveLength(1);
});

test('readWishes() takes the last of two options for one link, and knows the old name', () => {
  expect(wishes('ip=10.0.0.1:::24::eth0 ip=10.0.0.2:::24::eth0').wishes).toEqual([
    expect.objectContaining({ addresses: [cidr('10.0.0.2/24')] }),
  ]);
  expect(wishes('nfsaddrs=10.0.0.3:::24::eth0').wishes).toHaveLength(1);
});

test('readWishes() makes a Problem of what it cannot use, and goes on', () => {
  const { wishes: list, problems } = wishes('ip=dchp ip=10.0.0.2 nameserver=dns ip=10.0.0.1:::24::eth0');
  expect(list).toHaveLength(2);
  expect(problems.map(formatProblem)).toEqual([
    expect.stringMatching(/^kernel command line: "ip=dchp": is neither an address .*; accepted: <client>:<server>:/),
    expect.stringContaining('"ip=10.0.0.2": no netmask: /8 is guessed'),
    'kernel command line: "nameserver=dns": is no address; accepted: an IPv4 or IPv6 address',
  ]);
});
