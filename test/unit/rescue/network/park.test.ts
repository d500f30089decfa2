import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planPark, planUnpark, withoutParked } from '../../../../src/rescue/network/park.ts';
import { link, wish } from './network-links.ts';

const commands = (steps: readonly { readonly argv: readonly string[] }[]) => steps.map(({ argv }) => argv.join(' '));

test('planPark() makes what no command of the machine meets: another prefix length, the last metric', () => {
  const ours = wish({ gateways: ['10.0.2.2'] }, '10.0.2.15/24');
  expect(commands(planPark(ours, link('eth0', {}, '10.0.2.15/24')))).toEqual([
    'ip addr add 10.0.2.15/31 noprefixroute dev eth0',
    'ip route replace 10.0.2.0/24 dev eth0 src 10.0.2.15 metric 4000000000',
    'ip route replace default via 10.0.2.2 dev eth0 onlink metric 4000000000',
  ]);
  expect(commands(planUnpark(ours, link('eth0', {}, '10.0.2.15/24', '10.0.2.15/31')))).toEqual([
    'ip route del default via 10.0.2.2 dev eth0 onlink metric 4000000000',
    'ip route del 10.0.2.0/24 dev eth0 metric 4000000000',
    'ip addr del 10.0.2.15/31 dev eth0',
  ]);
});

test('planPark() gives an address of /32 no route to its network, and one of /31 another length', () => {
  expect(commands(planPark(wish({}, '10.0.2.15/32'), link('eth0', {}, '10.0.2.15/32')))).toEqual([
    'ip addr add 10.0.2.15/31 noprefixroute dev eth0',
  ]);
  expect(commands(planPark(wish({}, '10.0.2.15/31'), link('eth0', {}, '10.0.2.15/31')))[0]).toBe(
    'ip addr add 10.0.2.15/32 noprefixroute dev eth0',
  );
});

test('planPark() leaves out IPv6, addresses that are not there, and what is parked already', () => {
  const ours = wish({ gateways: ['10.0.2.2', '2001:db8::1'] }, '10.0.2.15/24', '2001:db8::15/64');
  expect(planPark(ours, link('eth0', {}, '2001:db8::15/64'))).toEqual([]);
  expect(commands(planPark(ours, link('eth0', {}, '10.0.2.15/24', '10.0.2.15/31')))).not.toContainEqual(
    expect.stringContaining('addr add'),
  );
});

test.each([
  ['10.0.2.15/24', '10.0.2.0/24'],
  ['10.1.130.15/17', '10.1.128.0/17'],
  ['172.31.255.1/12', '172.16.0.0/12'],
  ['192.168.1.6/30', '192.168.1.4/30'],
])('planPark() of %s keeps the neighbours of %s', (address, network) => {
  expect(commands(planPark(wish({}, address), link('eth0', {}, address)))[1]).toContain(` ${network} `);
});

test('withoutParked() takes away exactly what planPark() added', () => {
  const prefix = fc.integer({ min: 1, max: 32 });
  fc.assert(
    fc.property(fc.ipV4(), prefix, prefix, (address, ours, other) => {
      fc.pre(other !== (ours === 31 ? 32 : 31));
      const [added] = planPark(wish({}, `${address}/${ours}`), link('eth0', {}, `${address}/${ours}`));
      const left = withoutParked(link('eth0', {}, `${address}/${other}`, added?.argv[3] ?? ''), wish({}, `${address}/${ours}`));
      expect(left.addresses.map((there) => there.prefix)).toEqual([other]);
    }),
  );
});
