import { expect, test } from 'vitest';
import { readWishes } from '../../../../src/rescue/network/read-wishes.ts';
import { parseCmdline } from '../../../../src/sys/cmdline.ts';
import { defaultConfig } from '../../../../src/sys/config.ts';
import type { NetworkSetting } from '../../../../src/sys/network-setting.ts';
import { formatProblem } from '../../../../src/sys/problem.ts';
import { cidr } from './network-links.ts';

const wishes = (text: string, settings: readonly NetworkSetting[] = []) =>
  readWishes(parseCmdline(text).cmdline, { ...defaultConfig(), network: settings });
const eth0: NetworkSetting = { interface: 'eth0', addresses: [cidr('10.9.0.1/24')], gateways: ['10.9.0.254'], nameservers: ['10.9.0.53'] };
const kernel = { rung: 'kernel', source: 'ip=', kinds: [], routes: [] } as const;

test('readWishes() puts ip= before [[network]], with metrics that keep their gateways apart', () => {
  const { wishes: list, nameservers, problems } = wishes('ip=10.0.2.15::10.0.2.2:24::eth1:off:10.0.2.3 nameserver=1.1.1.1', [eth0]);
  expect(list).toEqual([
    { ...kernel, device: 'eth1', addresses: [cidr('10.0.2.15/24')], gateways: ['10.0.2.2'], metric: 0 },
    {
      ...kernel,
      rung: 'file',
      source: 'lifeboot.toml',
      device: 'eth0',
      addresses: [cidr('10.9.0.1/24')],
      gateways: ['10.9.0.254'],
      metric: 100,
    },
  ]);
  expect(nameservers).toEqual(['10.0.2.3', '1.1.1.1', '10.9.0.53']);
  expect(problems).toEqual([]);
});

test('readWishes() lets ip= silence the entry of the link it names, even with off', () => {
  expect(wishes('ip=eth0:dhcp', [eth0]).wishes).toEqual([expect.objectContaining({ kinds: ['dhcp4'], source: 'DHCP' })]);
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
    expect.stringMatching(/^kernel command line: "ip=dchp": is neither an address .*; accepted: <client>:<server or peer>:/),
    expect.stringContaining('"ip=10.0.0.2": no netmask: /8 is guessed'),
    'kernel command line: "nameserver=dns": is no address; accepted: an IPv4 or IPv6 address (the option is left out)',
  ]);
});

test('readWishes() makes one wish of both families of a link', () => {
  const both = wishes('ip=10.0.0.1:::24::eth0:auto6 ip=[2001:db8::5]::[fe80::1]:64::eth0:none');
  expect(both.wishes).toEqual([
    {
      ...kernel,
      device: 'eth0',
      addresses: [cidr('10.0.0.1/24'), cidr('2001:db8::5/64')],
      gateways: ['fe80::1'],
      kinds: ['auto6'],
      metric: 0,
    },
  ]);
  expect(wishes('ip=eth0:dhcp ip=eth0:auto6').wishes).toEqual([expect.objectContaining({ source: 'DHCP', kinds: ['dhcp4', 'auto6'] })]);
  expect(wishes('ip=eth0:dhcp ip=eth0:off ip=eth0:dhcp6').wishes).toEqual([expect.objectContaining({ kinds: ['dhcp6'] })]);
});

test('readWishes() gives a nameless ip= the NIC of BOOTIF= or bootdev=, unless rd.bootif=0', () => {
  const boot = 'BOOTIF=01-52-54-00-12-34-56';
  expect(wishes(`ip=dhcp ${boot}`).wishes).toEqual([expect.objectContaining({ mac: '52:54:00:12:34:56' })]);
  expect(wishes(`ip=dhcp ${boot} rd.bootif=0`).wishes[0]).not.toHaveProperty('mac');
  expect(wishes('ip=dhcp bootdev=eth1').wishes).toEqual([expect.objectContaining({ device: 'eth1' })]);
  expect(wishes(`ip=eth3:dhcp ${boot}`).wishes[0]).not.toHaveProperty('mac');
});

test('readWishes() puts the link of bootdev= first, so that its default route counts', () => {
  const { wishes: list } = wishes('ip=eth0:dhcp ip=eth1:dhcp bootdev=eth1');
  expect(list.map(({ device, metric }) => [device, metric])).toEqual([
    ['eth1', 0],
    ['eth0', 100],
  ]);
});

test('readWishes() asks for an address on any link when rd.neednet=1 and nothing else says', () => {
  expect(wishes('rd.neednet=1').wishes).toEqual([expect.objectContaining({ rung: 'kernel', kinds: ['dhcp4'] })]);
  expect(wishes('rd.neednet').wishes).toHaveLength(1);
  expect(wishes('rd.neednet=0').wishes).toEqual([]);
  expect(wishes('rd.neednet=1 ip=eth0:auto6').wishes).toHaveLength(1);
});
