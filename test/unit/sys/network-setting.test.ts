import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/sys/config.ts';
import { networkSections, parseConfigFile } from '../../../src/sys/config-file.ts';
import { parseCidr } from '../../../src/sys/ip-address.ts';
import { formatProblem } from '../../../src/sys/problem.ts';
import { defaultSettings } from '../../../src/sys/settings.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const cidr = (text: string) => parseCidr(text) ?? expect.fail(text);
const base = { settings: defaultSettings(), network: [] };
const parse = (text: string) => parseConfigFile(text, 'lifeboot.toml', base);
const entry = (text: string) => parse(`[[network]]\n${text}`).network[0];
const bare = { addresses: [], gateways: [], nameservers: [], source: 'lifeboot.toml' };

describe('parseConfigFile() reads [[network]]', () => {
  test.each<[string, object]>([
    ['interface = "eth0"\nmethod = "dhcp"', { interface: 'eth0', kinds: ['dhcp4'] }],
    ['interface = "eth0"\nmethod = ["dhcp", "auto6"]', { interface: 'eth0', kinds: ['dhcp4', 'auto6'] }],
    [
      'interface = "eth0"\nmethod = ["static", "either6"]\naddress = "10.0.0.1/24"',
      { interface: 'eth0', kinds: ['either6'], addresses: [cidr('10.0.0.1/24')] },
    ],
    [
      'interface = "eth0"\naddress = "10.0.0.1/32"\npeer = "10.0.0.2"',
      { interface: 'eth0', addresses: [cidr('10.0.0.1/32')], peer: '10.0.0.2' },
    ],
    [
      'mac = "52-54-00-12-34-AB"\nmethod = "dhcp6"\nset_mac = "02:00:00:00:00:09"\nhostname = "web1"',
      { mac: '52:54:00:12:34:ab', kinds: ['dhcp6'], setMac: '02:00:00:00:00:09', hostname: 'web1' },
    ],
    [
      'interface = "eth0"\nmethod = "dhcp"\nroutes = ["10.1.0.0/16 via 10.0.2.9", "10.2.3.4/16 metric 50", "2001:db8:3::/48 via fe80::1"]',
      {
        interface: 'eth0',
        kinds: ['dhcp4'],
        routes: [
          { to: cidr('10.1.0.0/16'), gateway: '10.0.2.9' },
          { to: cidr('10.2.0.0/16'), metric: 50 },
          { to: cidr('2001:db8:3::/48'), gateway: 'fe80::1' },
        ],
      },
    ],
    [
      'interface = "bond0"\nmtu = 9000\nbond = { members = ["eth0", "52-54-00-12-34-56"], mode = 4, lacp_rate = "fast" }',
      {
        interface: 'bond0',
        mtu: 9000,
        virtual: {
          kind: 'bond',
          name: 'bond0',
          mtu: 9000,
          members: ['eth0', '52:54:00:12:34:56'],
          options: [
            ['mode', '802.3ad'],
            ['lacp_rate', 'fast'],
            ['miimon', '100'],
          ],
        },
      },
    ],
    [
      'interface = "br0"\nbridge = { members = ["eth0"] }',
      { interface: 'br0', virtual: { kind: 'bridge', name: 'br0', members: ['eth0'] } },
    ],
    [
      'interface = "storage"\nvlan = { link = "bond0", id = 5 }',
      { interface: 'storage', virtual: { kind: 'vlan', name: 'storage', parent: 'bond0', id: 5 } },
    ],
  ])('%j', (text, setting) => {
    expect(parse(`[[network]]\n${text}`).problems).toEqual([]);
    expect(entry(text)).toEqual({ ...bare, ...setting });
  });

  test.each([
    [
      'interface = "bond0"\nbond = { members = ["eth0"], mode = "fast" }',
      'lifeboot.toml:3: "network[0].bond = {\\"members\\":[\\"eth0\\"],\\"mode\\":\\"fast\\"}": has no mode in "fast" (it is balance-rr, ',
    ],
    ['interface = "bond0"\nbond = { members = ["eth0"], mood = 1 }', 'has no option of a bond in "mood"'],
    ['interface = "bond0"\nbond = { members = [] }', 'has no members, names or MACs of links, each once, in []'],
    ['interface = "bond0"\nbond = { members = ["eth0"], miimon = true }', 'has no miimon in true'],
    ['interface = "vlan5"\nvlan = { link = "eth0", id = 4095 }', 'has no id from 1 to 4094 in 4095'],
    ['interface = "vlan5"\nvlan = { link = "eth0", id = 5, name = "x" }', 'has the unknown key "name"'],
    ['interface = "br0"\nbridge = { members = ["eth0"], stp = 1 }', 'has the unknown key "stp"'],
    ['mac = "52:54:00:12:34:56"\nbridge = { members = ["eth0"] }', 'needs an interface: the name of the bridge'],
    ['interface = "x"\nbridge = { members = ["eth0"] }\nvlan = { link = "eth0", id = 5 }', 'is more than one of bond, bridge and vlan'],
    ['interface = "eth0"\nmethod = "dchp"', 'accepted: "static", "dhcp", "dhcp4", "dhcp6", "auto6"'],
    ['interface = "eth0"\naddress = "10.0.0.1/24"\nroutes = ["10.1.0.0/16 via fe80::1"]', 'has no route in "10.1.0.0/16 via fe80::1"'],
    ['interface = "eth0"\naddress = "10.0.0.1/24"\nroutes = "10.1.0.0"', 'accepted: a list of routes as in ["10.1.0.0/16 via'],
  ])('not %j, and says why', (text, part) => {
    expect(parse(`[[network]]\n${text}`).problems.map(formatProblem).join('\n')).toContain(part);
  });
});

test('parseConfigFile() lets network.toml speak of the network alone', () => {
  const text = '[rescue]\nport = 22\n[network_timeouts]\ncarrier_seconds = 3\n[[network]]\ninterface = "eth0"\nmethod = "dhcp"\n';
  const { settings, network, problems } = parseConfigFile(text, 'network.toml', base, networkSections);
  expect([settings.rescue.port, settings.network_timeouts.carrier_seconds, network[0]?.source]).toEqual([2222, 3, 'network.toml']);
  expect(problems.map(formatProblem)).toEqual(['network.toml:1: "rescue": unknown section; accepted: network, network_timeouts']);
});

test("loadConfig() puts the machine's network.toml over its lifeboot.toml, and both over the toolbox's", async () => {
  const link = (name: string, last: number) => `[[network]]\ninterface = "${name}"\naddress = "10.0.0.${last}/24"\n`;
  const sys = new FakeSys()
    .file('/proc/cmdline', '')
    .file('/baked/lifeboot.toml', `${link('eth0', 1)}${link('eth1', 2)}${link('eth2', 3)}`)
    .file('/root/lifeboot.toml', `${link('eth1', 4)}${link('eth2', 5)}`)
    .file('/root/network.toml', link('eth2', 6));
  const { config } = await loadConfig(sys, ['/baked', '/root']);
  expect(config.network.map((each) => `${each.interface} ${each.addresses[0]?.address} ${each.source}`)).toEqual([
    'eth2 10.0.0.6 network.toml',
    'eth1 10.0.0.4 lifeboot.toml',
    'eth0 10.0.0.1 lifeboot.toml',
  ]);
});
