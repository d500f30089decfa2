import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonicalAddress,
  classfulPrefix,
  familyOf,
  formatCidr,
  inSameNetwork,
  parseCidr,
  prefixOfNetmask,
} from '../../../src/sys/ip-address.ts';

const quad = fc.ipV4();

test('parseCidr() reads both families and writes them as ip(8) does', () => {
  expect(parseCidr('10.0.2.15/24')).toEqual({ address: '10.0.2.15', prefix: 24, family: 4 });
  expect(parseCidr('2001:DB8:0:0::1/64')).toEqual({ address: '2001:db8::1', prefix: 64, family: 6 });
});

test.each(['', '10.0.2.15', '10.0.2.15/', '10.0.2.15/33', '10.0.2/24', '::1/129', 'fe80::1%eth0/64', '1.2.3.4/-1', '1.2.3.4/24/5'])(
  'parseCidr() refuses %j',
  (text) => expect(parseCidr(text)).toBeUndefined(),
);

test('parseCidr() reads back what formatCidr() writes, and never throws', () => {
  fc.assert(
    fc.property(fc.oneof(quad, fc.ipV6()), fc.nat(32), (address, prefix) => {
      const cidr = parseCidr(`${address}/${prefix}`);
      expect(cidr).toBeDefined();
      if (cidr !== undefined) expect(parseCidr(formatCidr(cidr))).toEqual(cidr);
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void parseCidr(text)));
});

test.each([
  ['255.255.255.0', 24],
  ['255.255.255.255', 32],
  ['0.0.0.0', 0],
  ['255.128.0.0', 9],
  ['24', 24],
  ['33', undefined],
  ['255.0.255.0', undefined],
  ['mask', undefined],
  ['', undefined],
])('prefixOfNetmask(%j) is %j', (text, prefix) => expect(prefixOfNetmask(text)).toBe(prefix));

test.each([
  ['10.1.2.3', 8],
  ['127.0.0.1', 8],
  ['172.16.0.1', 16],
  ['192.168.1.1', 24],
  ['224.0.0.1', undefined],
  ['::1', undefined],
])('classfulPrefix(%j) is %j', (text, prefix) => expect(classfulPrefix(text)).toBe(prefix));

test('inSameNetwork() compares the bits of the prefix only', () => {
  const net = { address: '10.0.2.15', prefix: 24, family: 4 } as const;
  expect(inSameNetwork(net, '10.0.2.2')).toBe(true);
  expect(inSameNetwork(net, '10.0.3.2')).toBe(false);
  expect(inSameNetwork(net, '::1')).toBe(false);
  expect(inSameNetwork({ address: '2001:db8::5', prefix: 64, family: 6 }, '2001:db8:0:0:ffff::1')).toBe(true);
  expect(inSameNetwork({ address: '2001:db8::5', prefix: 64, family: 6 }, '2001:db8:0:1::1')).toBe(false);
});

test('familyOf() knows addresses from names', () => {
  expect([familyOf('1.2.3.4'), familyOf('::'), familyOf('eth0'), familyOf('fe80::1%eth0')]).toEqual([4, 6, undefined, undefined]);
});

test('canonicalAddress() is idempotent', () => {
  fc.assert(
    fc.property(fc.oneof(quad, fc.ipV6()), (address) => {
      expect(canonicalAddress(canonicalAddress(address))).toBe(canonicalAddress(address));
    }),
  );
});

test('canonicalAddress() leaves an address with a zone as it is', () => {
  expect(canonicalAddress('fe80::1%eth0')).toBe('fe80::1%eth0');
});
