import { expect, test } from 'vitest';
import { describeLink, formatLinks, hasWorkingAddress, reachableAt } from '../../../../src/rescue/network/network-state.ts';
import { link, wish } from './network-links.ts';

const held = [{ device: 'eth0', wish: wish({}, '10.0.2.15/24') }];

test('formatLinks() says for each link what it is, has, and lacks', () => {
  const links = [
    link('lo', {}, '127.0.0.1/8'),
    link('eth0', {}, '10.0.2.15/24', '10.0.2.99/24', 'fe80::1/64'),
    link('eth1', { hasCarrier: false }),
    link('eth2', { isUp: false, hasCarrier: false }),
    link('eth3', {}, 'fe80::3/64'),
  ];
  expect(
    formatLinks(
      links,
      held,
      new Map([
        ['eth1', 'is the cable in?'],
        ['eth9', 'no such link'],
      ]),
    ),
  ).toEqual([
    'eth0 up 10.0.2.15/24 from ip=, 10.0.2.99/24',
    'eth1 no carrier no address (is the cable in?)',
    'eth2 down no address',
    'eth3 up fe80::3/64 link-local',
    'eth9 failed (no such link)',
  ]);
});

test('formatLinks() marks an address that somebody else has', () => {
  const twice = link('eth0', {}, '2001:db8::1/64');
  const links = [{ ...twice, addresses: twice.addresses.map((address) => ({ ...address, duplicate: true })) }];
  expect(formatLinks(links, [], new Map())).toEqual(['eth0 up 2001:db8::1/64 DUPLICATE']);
  expect(reachableAt(links)).toEqual([]);
});

test('reachableAt() prefers global addresses and falls back to link-local ones with their zone', () => {
  expect(reachableAt([link('lo', {}, '10.1.1.1/8'), link('eth0', {}, 'fe80::1/64', '10.0.2.15/24')])).toEqual(['10.0.2.15']);
  expect(reachableAt([link('eth0', {}, 'fe80::1/64')])).toEqual(['fe80::1%eth0']);
  expect(reachableAt([link('eth0', { isUp: false }, '10.0.2.15/24')])).toEqual([]);
});

test('reachableAt() and hasWorkingAddress() pass over a link without a cable while another has one', () => {
  const dead = link('eth0', { hasCarrier: false }, '192.0.2.15/24');
  const live = link('eth1', {}, '10.0.2.15/24');
  const bare = link('eth1', {}, 'fe80::1/64');
  expect(reachableAt([dead, live])).toEqual(['10.0.2.15']);
  expect(reachableAt([dead, bare])).toEqual(['fe80::1%eth1']);
  expect(reachableAt([dead])).toEqual(['192.0.2.15']);
  expect([[dead, live], [dead, bare], [dead]].map(hasWorkingAddress)).toEqual([true, false, true]);
});

test('hasWorkingAddress() counts neither lo nor link-local', () => {
  expect(hasWorkingAddress([link('lo', {}, '10.1.1.1/8'), link('eth0', {}, 'fe80::1/64')])).toBe(false);
  expect(hasWorkingAddress([link('eth0', {}, '10.0.2.15/24')])).toBe(true);
});

test('describeLink() tells what is on a link', () => {
  expect(describeLink(link('eth0', {}, '10.0.2.15/24'), [{ family: 4, gateway: '10.0.2.2', device: 'eth0', metric: 0 }])).toBe(
    '10.0.2.15/24, default via 10.0.2.2',
  );
  expect(describeLink(link('eth0'), [])).toBe('no address');
});
