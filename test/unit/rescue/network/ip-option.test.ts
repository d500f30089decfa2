import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpOption, type IpOption, parseIpOption } from '../../../../src/rescue/network/ip-option.ts';
import type { Cidr } from '../../../../src/sys/ip-address.ts';
import { dhcpKinds } from '../../../../src/sys/network-setting.ts';
import { cidr } from './network-links.ts';

const off = { nameservers: [], remarks: [] };
const dhcp = { kind: 'dhcp4', ...off };
const fixed = { address: cidr('10.0.2.15/24'), ...off };

describe('parseIpOption() reads the forms of nfsroot.rst:', () => {
  test.each<[string, object]>([
    ['', off],
    ['off', off],
    ['none', off],
    ['on', dhcp],
    ['any', dhcp],
    ['dhcp', dhcp],
    ['both', dhcp],
    ['dhcp,1,52:54:00:12:34:56', dhcp],
    ['bootp', { ...dhcp, remarks: ['bootp is not spoken: DHCP is tried'] }],
    ['rarp', { ...dhcp, remarks: ['rarp is not spoken: DHCP is tried'] }],
    ['10.0.2.15::10.0.2.2:255.255.255.0::eth0:off', { ...fixed, gateway: '10.0.2.2', device: 'eth0' }],
    ['10.0.2.15::10.0.2.2:255.255.255.0:::none', { ...fixed, gateway: '10.0.2.2' }],
    ['10.0.2.15:::255.255.255.0', fixed],
    ['10.0.2.15:::255.255.255.0::eth0', { ...fixed, device: 'eth0' }],
    // An address wins over the wish for a protocol, as in the kernel.
    ['10.0.2.15:::255.255.255.0::eth0:dhcp', { ...fixed, device: 'eth0' }],
    ['10.0.2.15:10.0.2.9:0.0.0.0:255.255.255.0::eth0', { ...fixed, device: 'eth0' }],
    ['10.0.2.15:::255.255.255.0:host.example.org:eth0', { ...fixed, device: 'eth0', hostname: 'host' }],
    ['10.0.2.15:::255.255.255.0::eth0:off:10.0.2.3:1.1.1.1:10.0.2.9', { ...fixed, device: 'eth0', nameservers: ['10.0.2.3', '1.1.1.1'] }],
    ['10.0.2.15', { ...fixed, address: cidr('10.0.2.15/8'), remarks: ['no netmask: /8 is guessed from the class of the address'] }],
    [
      '192.168.1.4::192.168.1.1',
      {
        ...fixed,
        address: cidr('192.168.1.4/24'),
        gateway: '192.168.1.1',
        remarks: ['no netmask: /24 is guessed from the class of the address'],
      },
    ],
    [
      '172.16.0.4:::0.0.0.0',
      { ...fixed, address: cidr('172.16.0.4/16'), remarks: ['no netmask: /16 is guessed from the class of the address'] },
    ],
    ['::::host::dhcp', { ...dhcp, hostname: 'host' }],
    [':::::eth1:dhcp', { ...dhcp, device: 'eth1' }],
    [':::::eth1:', { ...dhcp, device: 'eth1' }],
    [':::::eth0:off', { ...off, device: 'eth0' }],
    ['0.0.0.0:::::eth1:on', { ...dhcp, device: 'eth1' }],
  ])('%j', (text, option) => {
    expect(parseIpOption(text)).toEqual(option);
  });
});

test.each<[string, object]>([
  ['eth0:dhcp', { ...dhcp, device: 'eth0' }],
  ['eth0:none', { ...off, device: 'eth0' }],
  ['10.0.2.15:::24::eth0:none', { ...fixed, device: 'eth0' }],
  ['[2001:db8::5]::[2001:DB8::1]:64::eth0:none', { ...fixed, address: cidr('2001:db8::5/64'), gateway: '2001:db8::1', device: 'eth0' }],
  ['dhcp6', { ...off, kind: 'dhcp6' }],
  ['auto6', { ...off, kind: 'auto6' }],
  ['either6', { ...off, kind: 'either6' }],
  ['link6', { ...off, kind: 'link6' }],
  ['link-local', { ...off, kind: 'link6' }],
  ['single-dhcp', dhcp],
  ['eth0:on', { ...dhcp, device: 'eth0' }],
  ['eth0:any', { ...dhcp, device: 'eth0' }],
  ['eth0:auto6', { ...off, kind: 'auto6', device: 'eth0' }],
  ['eth0:link-local', { ...off, kind: 'link6', device: 'eth0' }],
  ['ens10:dhcp:1400', { ...dhcp, device: 'ens10', mtu: 1400 }],
  ['ens10:dhcp:1400:52:54:00:12:34:AB', { ...dhcp, device: 'ens10', mtu: 1400, mac: '52:54:00:12:34:ab' }],
  ['ens10:dhcp::52-54-00-12-34-ab', { ...dhcp, device: 'ens10', mac: '52:54:00:12:34:ab' }],
  ['10.0.2.15::10.0.2.2:24::eth0:none:9000', { ...fixed, gateway: '10.0.2.2', device: 'eth0', mtu: 9000 }],
  ['10.0.2.15:::24::eth0:none:9000:52:54:00:12:34:56', { ...fixed, device: 'eth0', mtu: 9000, mac: '52:54:00:12:34:56' }],
  ['10.0.2.15:::24::eth0:none::52:54:00:12:34:56', { ...fixed, device: 'eth0', mac: '52:54:00:12:34:56' }],
  ['10.0.2.15:::24::eth0:none:10.0.2.3:[2001:db8::53]', { ...fixed, device: 'eth0', nameservers: ['10.0.2.3', '2001:db8::53'] }],
  [
    '10.0.2.15:10.0.2.16::255.255.255.255::eth0:none',
    { ...fixed, address: { ...cidr('10.0.2.15/32'), peer: '10.0.2.16' }, device: 'eth0' },
  ],
  ['10.0.2.15:10.0.3.1/24::::eth0:none', { ...fixed, address: { ...cidr('10.0.2.15/24'), peer: '10.0.3.1' }, device: 'eth0' }],
  [
    '[2001:db8::5]:[2001:db8::6]/128::::eth0:none',
    { ...fixed, address: { ...cidr('2001:db8::5/128'), peer: '2001:db8::6' }, device: 'eth0' },
  ],
  // An address of one family, and the other asked for.
  ['10.0.2.15:::24::eth0:auto6', { ...fixed, device: 'eth0', kind: 'auto6' }],
  ['[2001:db8::5]:::64::eth0:dhcp', { ...fixed, address: cidr('2001:db8::5/64'), device: 'eth0', kind: 'dhcp4' }],
  [':::::eth0:dhcp6:1400', { ...off, device: 'eth0', kind: 'dhcp6', mtu: 1400 }],
])("parseIpOption() reads dracut's %j, too", (text, option) => {
  expect(parseIpOption(text)).toEqual(option);
});

test.each([
  ['dchp', 'neither an address'],
  ['10.0.2', 'neither an address'],
  ['10.0.2.300::10.0.2.2:255.255.255.0', 'no address in "10.0.2.300"'],
  ['224.0.0.1', 'no address of a host'],
  ['10.0.2.15:::255.0.255.0', 'no netmask in "255.0.255.0"'],
  ['10.0.2.15:::33', 'no netmask in "33"'],
  ['10.0.2.15:::255.255.255.0::eth0:maybe', 'no way to get an address in "maybe"'],
  ['10.0.2.15:::255.255.255.0::a-name-that-is-too-long', 'no name of a link'],
  ['[2001:db8::5', 'bracket'],
  ['[2001:db8::5]:::129', 'no prefix length'],
  ['ibft', 'iBFT'],
  ['eth0:ibft', 'iBFT'],
  [':::::eth0:ibft', 'iBFT'],
  ['eth0:dhcp:67', 'no MTU in "67"'],
  ['eth0:dhcp:70000', 'no MTU in "70000"'],
  ['eth0:dhcp:1400:52:54', 'no MAC in "52:54"'],
  ['eth0:dhcp:10.0.0.1', 'no MTU in "10.0.0.1"'],
  ['10.0.2.15:::24::eth0:none:1400:10.0.0.1', 'no MAC'],
])('parseIpOption() refuses %j and says why', (text, why) => {
  expect(parseIpOption(text)).toEqual({ refused: expect.stringContaining(why) });
});

test('parseIpOption() leaves out a gateway or name server that is none, and says so', () => {
  expect(parseIpOption('10.0.2.15::nowhere:255.255.255.0::eth0:off:dns')).toMatchObject({
    nameservers: [],
    remarks: [expect.stringContaining('"dns"'), expect.stringContaining('"nowhere"')],
  });
});

test('parseIpOption() reads back what formatIpOption() writes', () => {
  const v4 = fc
    .tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.integer({ min: 1, max: 32 }))
    .map(([a, b, length]) => cidr(`${a}.0.${b}.7/${length}`));
  const v6 = fc.tuple(fc.nat(0xfffe), fc.nat(128)).map(([n, length]) => cidr(`2001:db8::${(n + 1).toString(16)}/${length}`));
  const optional = { requiredKeys: [] as never[] };
  const common = { device: fc.stringMatching(/^[a-z][a-z0-9]{0,14}$/), hostname: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/) };
  const fixed4 = fc.record(
    { gateway: fc.constantFrom('10.9.8.7', '172.16.1.1'), kind: fc.constantFrom('dhcp6', 'auto6', 'either6', 'link6'), ...common },
    optional,
  );
  const fixed6 = fc.record({ gateway: fc.constant('fe80::1'), kind: fc.constant('dhcp4'), ...common }, optional);
  const peered = (address: fc.Arbitrary<Cidr>, peer: string) =>
    fc.tuple(address, fc.boolean()).map(([one, has]) => ({ address: has ? { ...one, peer } : one }));
  const asking = fc.record({ kind: fc.constantFrom(...dhcpKinds), ...common }, { requiredKeys: ['kind'] });
  const mtuAndMac = fc.record({ mtu: fc.integer({ min: 68, max: 65_535 }), mac: fc.constant('52:54:00:12:34:56') }, optional);
  const tail = fc.oneof(
    mtuAndMac.map((both) => ({ ...both, nameservers: [] })),
    fc.record({ nameservers: fc.subarray(['10.0.2.3', '2001:db8::53']) }),
  );
  const body = fc.oneof(
    asking,
    fc.tuple(peered(v4, '10.1.1.1'), fixed4).map(([a, b]) => ({ ...a, ...b })),
    fc.tuple(peered(v6, 'fe80::9'), fixed6).map(([a, b]) => ({ ...a, ...b })),
  );
  fc.assert(
    fc.property(body, tail, (one, end) => {
      const option = { ...one, ...end, remarks: [] } as IpOption;
      expect(parseIpOption(formatIpOption(option))).toEqual(option);
    }),
  );
});

test('parseIpOption() never throws', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom(':', '::', '[', ']', '/', '10.0.0.1', 'fe80::1', '52:54:00:12:34:56', '1500', '255.0.0.0', 'dhcp', 'eth0'),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      expect(parseIpOption(parts.join(''))).toBeTypeOf('object');
    }),
  );
});
