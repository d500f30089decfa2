import { expect, test } from 'vitest';
import { compareNetworkFacts, parseNetworkFacts } from '../../../vm/scenarios/network-facts.ts';

const text = (lifetime: number, routes: readonly string[]) => `== addresses
[{"ifname":"eth0","addr_info":[{"local":"10.0.2.15","valid_life_time":${lifetime}}]}]
== IPv4 routes
[${routes.map((dst) => JSON.stringify({ dst, dev: 'eth0' })).join(',')}]
== name servers
nameserver 10.0.2.3
`;

test('parseNetworkFacts() leaves out what runs, and the order of making', () => {
  const one = parseNetworkFacts(text(86_000, ['default', '10.0.2.0/24']));
  expect(one).toEqual(parseNetworkFacts(text(41, ['10.0.2.0/24', 'default'])));
  expect(one['name servers']).toEqual(['nameserver 10.0.2.3']);
});

test('compareNetworkFacts() names what is too much and what is missing', () => {
  const expected = parseNetworkFacts(text(1, ['default']));
  expect(compareNetworkFacts(expected, expected)).toEqual([]);
  expect(compareNetworkFacts(parseNetworkFacts(text(1, ['10.0.2.0/24'])), expected)).toEqual([
    '+ IPv4 routes {"dst":"10.0.2.0/24","dev":"eth0"}',
    '- IPv4 routes {"dst":"default","dev":"eth0"}',
  ]);
});
