import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesAddress, parseAddressPatterns, parseNetworks } from '../../../../src/rescue/auth/address-patterns.ts';
import { isFault } from '../../../../src/rescue/auth/fault.ts';
import { matchesWildcard } from '../../../../src/rescue/auth/wildcard.ts';

function matches(list: string, address: string): boolean | string {
  const patterns = parseAddressPatterns(list);
  return isFault(patterns) ? patterns.fault : matchesAddress(address, patterns);
}

describe('from=', () => {
  /** regress/addrmatch.sh of OpenSSH, and sshd(8). */
  test.each([
    ['192.168.0.0/24', '192.168.0.1', true],
    ['192.168.0.0/24', '192.168.1.1', false],
    ['192.168.0.0/16,!192.168.30.0/24,10.0.0.1', '192.168.0.1', true],
    ['192.168.0.0/16,!192.168.30.0/24,10.0.0.1', '192.168.30.1', false],
    ['192.168.0.0/16,!192.168.30.0/24,10.0.0.1', '10.0.0.1', true],
    ['192.168.0.0/16,!192.168.30.0/24,10.0.0.1', '19.0.0.1', false],
    ['!192.168.30.0/24,192.168.0.0/16', '192.168.30.1', false],
    ['1.1.1.1', '1.1.1.1', true],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['10.0.*.1', '10.0.200.1', true],
    ['10.?.0.1', '10.12.0.1', false],
    ['*', 'fe80::1%eth0', true],
    ['*,!10.*', '10.0.0.1', false],
    ['*,!10.*', '11.0.0.1', true],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['2001:DB8:0::0:1', '2001:db8::1', true],
    ['::/0', '::1', true],
    ['::/0', '1.2.3.4', false],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['2001:db8::*', '2001:db8::5', true],
    ['*.corp.example,10.0.0.0/8', '10.1.1.1', true],
  ])('%s from %s: %j', (list, address, expected) => {
    expect(matches(list, address)).toBe(expected);
  });

  test.each([
    ['10.0.0.1/8', /10\.0\.0\.1\/8: bits are set beyond the prefix/],
    ['2001:db8::1/32', /bits are set beyond/],
    ['10.0.0.0/33', /prefix is at most 32/],
    ['10.0.0.0/x', /is no network/],
    ['10.0.0/8', /is no network/],
    ['', /empty/],
    ['10.0.0.1,', /empty/],
    ['!', /empty/],
    ['!10.0.0.1', /matches no address/],
    ['*.corp.example', /matches no address/],
    ['10.0.0.0/8,!*.evil.example', /asks no DNS: nobody would be excluded/],
  ])('%j is a fault', (list, fault) => {
    expect(matches(list, '10.0.0.1')).toMatch(fault);
  });

  test('property: never throws, and lets nobody in whom an exclusion names', () => {
    const entry = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom('10.0.0.0/8', '::/0', '0.0.0.0/0', '*', '1?.*', 'host.example', '!', '!*', ''),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1 }), fc.oneof(fc.ipV4(), fc.ipV6()), (entries, address) => {
        const plain = parseAddressPatterns(entries.join(','));
        if (!isFault(plain)) matchesAddress(address, plain);
        const excluded = parseAddressPatterns([...entries, `!${address}`].join(','));
        if (!isFault(excluded)) expect(matchesAddress(address, excluded)).toBe(false);
      }),
    );
  });
});

describe('source-address', () => {
  test.each(['10.0.0.0/8', '10.0.0.1,2001:db8::/32'])('%s is a list', (list) => {
    expect(isFault(parseNetworks(list) as object)).toBe(false);
  });
  test.each(['', '*', '!10.0.0.1', '10.0.0.0/8,', 'host', '10.0.0.1/8'])('%j is a fault', (list) => {
    expect(parseNetworks(list)).toMatchObject({ fault: expect.any(String) });
  });
});

describe('matchesWildcard()', () => {
  test('property: says what the regular expression says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 12 });
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(letters, pattern, (text, wild) => {
        const source = wild.replace(/\*+/g, '*').replace(/[.*?]/g, (found) => ({ '.': '\\.', '*': '.*', '?': '.' })[found] ?? '');
        expect(matchesWildcard(text, wild)).toBe(new RegExp(`^${source}$`).test(text));
      }),
    );
  });

  test('is done at once with many stars', () => {
    expect(matchesWildcard('1'.repeat(45), `${'*1'.repeat(40)}*2`)).toBe(false);
  });
});
