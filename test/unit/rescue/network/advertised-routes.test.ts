import { expect, test } from 'vitest';
import { forgetAdvertised, planForget } from '../../../../src/rescue/network/advertised-routes.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { link } from './network-links.ts';

const route = (to: string, more: object = {}) => ({ dst: to, dev: 'eth0', metric: 256, ...more });
const commands = (steps: readonly { readonly argv: readonly string[] }[]) => steps.map(({ argv }) => argv.join(' '));

test('planForget() takes off networks in which the link has no address, and only if the kernel made them', () => {
  const eth0 = link('eth0', {}, '2001:db8:2::15/64');
  expect(commands(planForget(eth0, [route('fec0::/64'), route('2001:db8:2::/64')]))).toEqual([
    'ip -6 route del fec0::/64 dev eth0 proto kernel metric 256',
  ]);
});

test('planForget() takes off what expires, though a daemon that reads advertisements itself gave an address there', () => {
  expect(planForget(link('eth0', {}, 'fec0::15/64'), [route('fec0::/64', { expires: 86_000 })])).toHaveLength(1);
});

test.for([
  ['the link-local network', route('fe80::/64')],
  ['multicast', route('ff00::/8')],
  ['what has a gateway', route('2001:db8:9::/64', { gateway: 'fe80::2' })],
  ["another link's", route('2001:db8:9::/64', { dev: 'eth1' })],
  ['IPv4', route('192.0.2.0/24')],
] as const)('planForget() leaves %s', ([, one]) => {
  expect(planForget(link('eth0', {}), [one])).toEqual([]);
});

test('forgetAdvertised() leaves a link alone that listens to advertisements', async () => {
  const sys = new FakeSys().file('/proc/sys/net/ipv6/conf/eth0/accept_ra', '1\n');
  await forgetAdvertised(sys, [link('eth0', {})]);
  expect(sys.ran).toEqual([]);
});

test('forgetAdvertised() asks for the routes when the machine wants none', async () => {
  const routes = JSON.stringify([{ dst: 'fec0::/64', dev: 'eth0', protocol: 'kernel', metric: 256 }]);
  const removal = 'ip -6 route del fec0::/64 dev eth0 proto kernel metric 256';
  const sys = new FakeSys()
    .file('/proc/sys/net/ipv6/conf/eth0/accept_ra', '0\n')
    .answer('ip -j -6 route show proto kernel', { stdout: routes })
    .answer(removal);
  await forgetAdvertised(sys, [link('eth0', {})]);
  expect(sys.ran).toEqual(['ip -j -6 route show proto kernel', removal]);
});
