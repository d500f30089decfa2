import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readKernelWords } from '../../../../src/rescue/network/kernel-words.ts';
import { parseBootifOption, parseIfnameOption } from '../../../../src/rescue/network/name-option.ts';
import { formatRouteOption, parseRouteOption } from '../../../../src/rescue/network/route-option.ts';
import { formatVirtualOption, parseBondOption, parseBridgeOption, parseVlanOption } from '../../../../src/rescue/network/virtual-option.ts';
import { bondOptionNames, readBondOption } from '../../../../src/sys/bond-options.ts';
import { parseCmdline } from '../../../../src/sys/cmdline.ts';
import { networkOf } from '../../../../src/sys/ip-address.ts';
import { formatProblem } from '../../../../src/sys/problem.ts';
import { cidr } from './network-links.ts';

const miimon = ['miimon', '100'];
const bond = { kind: 'bond', name: 'bond0', members: ['eth0', 'eth1'] };

describe('parseBondOption() reads', () => {
  test.each<[string, object]>([
    ['', { ...bond, options: [['mode', 'balance-rr'], miimon] }],
    ['bond0', { ...bond, options: [['mode', 'balance-rr'], miimon] }],
    ['bond0:eth2', { ...bond, members: ['eth2'], options: [['mode', 'balance-rr'], miimon] }],
    [
      'bond0:eth0,eth1:mode=active-backup,miimon=50,primary=eth1',
      {
        ...bond,
        options: [
          ['mode', 'active-backup'],
          ['miimon', '50'],
          ['primary', 'eth1'],
        ],
      },
    ],
    ['bond0:eth0,eth1:mode=1', { ...bond, options: [['mode', 'active-backup'], miimon] }],
    [
      'bond0:eth0,eth1:mode=802.3ad,lacp_rate=1,xmit_hash_policy=layer3+4:9000',
      { ...bond, mtu: 9000, options: [['mode', '802.3ad'], ['lacp_rate', 'fast'], ['xmit_hash_policy', 'layer3+4'], miimon] },
    ],
    [
      'bond0:eth0,eth1:mode=1,arp_interval=100,arp_ip_target=10.0.0.1;10.0.0.2',
      {
        ...bond,
        options: [
          ['mode', 'active-backup'],
          ['arp_interval', '100'],
          ['arp_ip_target', '10.0.0.1,10.0.0.2'],
        ],
      },
    ],
    [
      'bond0:eth0,eth1:mode=1,ns_ip6_target=[2001:db8::1]',
      { ...bond, options: [['mode', 'active-backup'], ['ns_ip6_target', '2001:db8::1'], miimon] },
    ],
    ['bond0:eth0,eth1::1400', { ...bond, mtu: 1400, options: [['mode', 'balance-rr'], miimon] }],
  ])('%j', (text, link) => {
    expect(parseBondOption(text)).toEqual(link);
  });
  test.each([
    ['bond0:eth0,eth0', 'each once'],
    ['bond0:eth0,,eth1', 'no names of links'],
    ['bond0:bond0', 'member of itself'],
    ['a-name-that-is-too-long:eth0', 'no name of a link'],
    ['bond0:eth0:mode=fast', 'no mode in "fast" (it is balance-rr, active-backup'],
    ['bond0:eth0:mood=1', 'no option of a bond in "mood"'],
    ['bond0:eth0:mode', 'no <option>=<value> in "mode"'],
    ['bond0:eth0:arp_ip_target=host', 'no arp_ip_target'],
    ['bond0:eth0::17', 'no MTU'],
    ['bond0:eth0:mode=1:1500:more', 'too many fields'],
  ])('not %j, and says why', (text, why) => {
    expect(parseBondOption(text)).toEqual({ refused: expect.stringContaining(why) });
  });
});

describe('parseVlanOption() reads', () => {
  test.each([
    ['vlan0005:eth0', 5],
    ['vlan5:eth0', 5],
    ['eth0.5:eth0', 5],
    ['eth0.0005:eth0', 5],
    ['bond0.4094:bond0', 4094],
  ])('%j', (text, id) => {
    const [name, parent] = text.split(':');
    expect(parseVlanOption(text)).toEqual({ kind: 'vlan', name, parent, id });
  });
  test.each([
    ['', 'no name of a link in ""'],
    ['vlan5', 'no name of a link in ""'],
    ['vlan5:eth0:eth1', 'no name of a link in "eth0:eth1"'],
    ['vlan0:eth0', 'no number'],
    ['vlan4095:eth0', 'no number'],
    ['storage:eth0', 'no number from 1 to 4094 in the name "storage"'],
    ['eth0.5:eth0.5', 'lies on itself'],
  ])('not %j, and says why', (text, why) => {
    expect(parseVlanOption(text)).toEqual({ refused: expect.stringContaining(why) });
  });
});

test('parseBridgeOption() reads a bridge and its ports', () => {
  expect(parseBridgeOption('')).toEqual({ kind: 'bridge', name: 'br0', members: ['eth0'] });
  expect(parseBridgeOption('br1:eth0,vlan5')).toEqual({ kind: 'bridge', name: 'br1', members: ['eth0', 'vlan5'] });
  for (const text of ['br0', 'br0:', 'br0:br0', 'br0:eth0,eth0', 'br0:eth0:eth1', ':eth0'])
    expect(parseBridgeOption(text)).toHaveProperty('refused');
});

test('parseIfnameOption() and parseBootifOption() read a MAC in its usual spellings', () => {
  expect(parseIfnameOption('bootnet:52:54:00:AB:34:56')).toEqual({ name: 'bootnet', mac: '52:54:00:ab:34:56' });
  expect(parseIfnameOption('bootnet:52-54-00-ab-34-56')).toEqual({ name: 'bootnet', mac: '52:54:00:ab:34:56' });
  for (const text of ['', 'bootnet', 'bootnet:52:54', ':52:54:00:ab:34:56', 'a b:52:54:00:ab:34:56'])
    expect(parseIfnameOption(text)).toHaveProperty('refused');
  for (const text of ['01-52-54-00-AB-34-56', '52-54-00-ab-34-56', '52:54:00:ab:34:56', '01:52:54:00:ab:34:56']) {
    expect(parseBootifOption(text)).toBe('52:54:00:ab:34:56');
  }
  expect(parseBootifOption('01-54-00-ab-34-56')).toBe('01:54:00:ab:34:56');
  expect(parseBootifOption('20-52-54-00-ab-34-56')).toBeUndefined();
});

describe('parseRouteOption() reads', () => {
  test.each<[string, object]>([
    ['192.168.200.0/24:192.168.100.222:ens10', { to: cidr('192.168.200.0/24'), gateway: '192.168.100.222', device: 'ens10' }],
    ['192.168.200.0/24:192.168.100.222', { to: cidr('192.168.200.0/24'), gateway: '192.168.100.222' }],
    ['192.168.200.0/24::ens10', { to: cidr('192.168.200.0/24'), device: 'ens10' }],
    ['192.168.200.0/255.255.255.0::ens10', { to: cidr('192.168.200.0/24'), device: 'ens10' }],
    ['192.168.200.7/24::ens10', { to: cidr('192.168.200.0/24'), device: 'ens10' }],
    ['[2001:DB8:3::/8]:[2001:DB8:2::1]:ens10', { to: cidr('2000::/8'), gateway: '2001:db8:2::1', device: 'ens10' }],
    ['[2001:db8:3::]/48:[2001:db8:2::1]', { to: cidr('2001:db8:3::/48'), gateway: '2001:db8:2::1' }],
    ['0.0.0.0/0:10.0.0.1', { to: cidr('0.0.0.0/0'), gateway: '10.0.0.1' }],
  ])('%j', (text, route) => {
    expect(parseRouteOption(text)).toEqual(route);
  });
  test.each([
    ['', 'no network'],
    ['10.0.0.0', 'no network'],
    ['10.0.0.0/33:10.0.0.1', 'no network'],
    ['10.0.0.0/8', 'neither gateway nor link'],
    ['10.0.0.0/8:fe80', 'no gateway of that family'],
    ['10.0.0.0/8:[fe80::1]', 'no gateway of that family'],
    ['10.0.0.0/8:10.0.0.1:a/b', 'no name of a link'],
    ['2001:db8::/32:2001:db8::1', 'need brackets'],
    ['[2001:db8::/32', 'bracket'],
  ])('not %j, and says why', (text, why) => {
    expect(parseRouteOption(text)).toEqual({ refused: expect.stringContaining(why) });
  });
});

test('parseBondOption(), parseBridgeOption(), parseVlanOption() and parseRouteOption() read back what their formats write', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/);
  const names = fc.uniqueArray(name, { minLength: 2, maxLength: 5 });
  const samples: Readonly<Record<string, string>> = {
    primary: 'eth0',
    ad_actor_system: '02:00:00:00:00:01',
    arp_ip_target: '10.0.0.1,10.0.0.2',
    ns_ip6_target: 'fe80::1,fe80::2',
  };
  const options = fc
    .subarray(bondOptionNames.filter((each) => each !== 'miimon'))
    .map((all) => [...all, 'miimon'].map((each) => [each, samples[each] ?? [readBondOption(each, '1')].flat()[1] ?? '']));
  const mtu = fc.record({ mtu: fc.integer({ min: 68, max: 65_535 }) }, { requiredKeys: [] });
  fc.assert(
    fc.property(names, options, mtu, fc.integer({ min: 1, max: 4094 }), ([own = '', ...members], all, size, id) => {
      const made = {
        kind: 'bond',
        name: own,
        members,
        options: all as unknown as readonly (readonly [string, string])[],
        ...size,
      } as const;
      expect(parseBondOption(formatVirtualOption(made).slice('bond='.length))).toEqual(made);
      const bridge = { kind: 'bridge', name: own, members } as const;
      expect(parseBridgeOption(formatVirtualOption(bridge).slice('bridge='.length))).toEqual(bridge);
      const vlan = { kind: 'vlan', name: `${own}.${id}`, parent: own, id } as const;
      expect(parseVlanOption(formatVirtualOption(vlan).slice('vlan='.length))).toEqual(vlan);
    }),
  );
  const to = fc.oneof(
    fc.tuple(fc.ipV4(), fc.nat(32)).map(([address, length]) => networkOf(cidr(`${address}/${length}`))),
    fc.tuple(fc.nat(0xffff), fc.nat(128)).map(([n, length]) => networkOf(cidr(`2001:db8:${n.toString(16)}::1/${length}`))),
  );
  fc.assert(
    fc.property(to, fc.option(name, { nil: undefined }), (net, device) => {
      const route = { to: net, gateway: net.family === 4 ? '10.0.0.1' : 'fe80::1', ...(device === undefined ? {} : { device }) };
      expect(parseRouteOption(formatRouteOption(route))).toEqual(route);
    }),
  );
});

test('readKernelWords() names each word it cannot use, with the form that it would take', () => {
  const text = 'bond=bond0:eth0:mode=x team=team0:eth0 vlan=x:y ifname=a bootdev=a/b rd.peerdns=maybe rd.route=x BOOTIF=x';
  const { problems, peerDns } = readKernelWords(parseCmdline(text).cmdline);
  expect(peerDns).toBe(true);
  expect(problems.map((problem) => problem.value)).toEqual([
    'team=team0:eth0',
    'BOOTIF=x',
    'bootdev=a/b',
    'bond=bond0:eth0:mode=x',
    'vlan=x:y',
    'ifname=a',
    'rd.route=x',
    'rd.peerdns=maybe',
  ]);
  expect(formatProblem(problems[0] ?? expect.fail())).toContain('bond=<name>:<links>:mode=<mode> does the same');
});

test('readKernelWords() never throws', () => {
  const word = fc.constantFrom(
    'ip',
    'nfsaddrs',
    'bond',
    'vlan',
    'bridge',
    'team',
    'ifname',
    'BOOTIF',
    'bootdev',
    'rd.route',
    'nameserver',
    'rd.peerdns',
    'rd.bootif',
  );
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.constantFrom(':', ',', '=', '[', ']', '/', 'eth0', 'mode', 'miimon', '1', '10.0.0.1/8', 'fe80::1', '52:54:00:12:34:56'),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(word, fc.array(part, { maxLength: 8 }))), (all) => {
      const words = all.map(([name, parts]) => ({ name, value: parts.join('') }));
      const { cmdline } = parseCmdline('');
      for (const { message } of readKernelWords({ ...cmdline, words }).problems) expect(message).not.toBe('');
    }),
  );
});
