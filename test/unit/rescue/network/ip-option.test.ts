import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIpOption, type IpOption, parseIpOption } from '../../../../src/rescue/network/ip-option.ts';

const dhcp = { method: 'dhcp', nameservers: [], remarks: [] };
const off = { method: 'off', nameservers: [], remarks: [] };
const fixed = { method: 'static', address: '10.0.2.15', prefix: 24, nameservers: [], remarks: [] };

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
    ['10.0.2.15', { ...fixed, prefix: 8, remarks: ['no netmask: /8 is guessed from the class of the address'] }],
    [
      '192.168.1.4::192.168.1.1',
      { ...fixed, address: '192.168.1.4', gateway: '192.168.1.1', remarks: ['no netmask: /24 is guessed from the class of the address'] },
    ],
    [
      '172.16.0.4:::0.0.0.0',
      { ...fixed, address: '172.16.0.4', prefix: 16, remarks: ['no netmask: /16 is guessed from the class of the address'] },
    ],
    ['::::host::dhcp', { ...dhcp, hostname: 'host' }],
    [':::::eth1:dhcp', { ...dhcp, device: 'eth1' }],
    [':::::eth1:', { ...dhcp, device: 'eth1' }],
    [':::::eth0:off', off],
    ['0.0.0.0:::::eth1:on', { ...dhcp, device: 'eth1' }],
  ])('%j', (text, option) => {
    expect(parseIpOption(text)).toEqual(option);
  });
});

test.each<[string, object]>([
  ['eth0:dhcp', { ...dhcp, device: 'eth0' }],
  ['eth0:none', { ...off, device: 'eth0' }],
  ['10.0.2.15:::24::eth0:none', { ...fixed, device: 'eth0' }],
  ['[2001:db8::5]::[2001:DB8::1]:64::eth0:none', { ...fixed, address: '2001:db8::5', prefix: 64, gateway: '2001:db8::1', device: 'eth0' }],
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
])('parseIpOption() refuses %j and says why', (text, why) => {
  expect(parseIpOption(text)).toEqual({ refused: expect.stringContaining(why) });
});

test('parseIpOption() leaves out a gateway or name server that is none, and says so', () => {
  expect(parseIpOption('10.0.2.15::nowhere:255.255.255.0::eth0:off:dns')).toMatchObject({
    method: 'static',
    nameservers: [],
    remarks: [expect.stringContaining('"dns"'), expect.stringContaining('"nowhere"')],
  });
});

test('parseIpOption() reads back what formatIpOption() writes', () => {
  const address = fc.oneof(
    fc.record({
      address: fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255)).map(([a, b]) => `${a}.0.${b}.7`),
      prefix: fc.integer({ min: 1, max: 32 }),
      gateway: fc.constantFrom('10.9.8.7', '172.16.1.1'),
    }),
    fc.record({
      address: fc.nat(0xfffe).map((n) => `2001:db8::${(n + 1).toString(16)}`),
      prefix: fc.integer({ min: 0, max: 128 }),
      gateway: fc.constant('fe80::1'),
    }),
  );
  const common = { device: fc.stringMatching(/^[a-z][a-z0-9]{0,14}$/), hostname: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/) };
  const nameservers = fc.subarray(['10.0.2.3', '2001:db8::53']);
  const dynamic = fc.record({ method: fc.constant('dhcp' as const), nameservers, remarks: fc.constant([]), ...common });
  const fixedOption = fc
    .tuple(address, fc.record({ method: fc.constant('static' as const), nameservers, remarks: fc.constant([]), ...common }))
    .map(([a, b]) => ({ ...b, ...a }));
  fc.assert(
    fc.property(fc.oneof(dynamic, fixedOption), (option: IpOption) => {
      expect(parseIpOption(formatIpOption(option))).toEqual(option);
    }),
  );
});

test('parseIpOption() never throws', () => {
  const part = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom(':', '::', '[', ']', '10.0.0.1', '255.0.0.0', 'dhcp', 'eth0'),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      expect(parseIpOption(parts.join(''))).toBeTypeOf('object');
    }),
  );
});
