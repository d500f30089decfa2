import { expect, test } from 'vitest';
import { planHandover } from '../../../../src/rescue/network/plan-handover.ts';
import { type HandoverPolicy, type LinkPolicy, parseLinkPolicies } from '../../../../src/sys/handover-policy.ts';
import { link } from './network-links.ts';

const MAC = '52:54:00:00:00:01';
const byName = (handover: HandoverPolicy) => [{ interface: 'eth0', handover }];
const byMac = (handover: HandoverPolicy) => [{ mac: MAC, handover }];
const words = (text: string): readonly LinkPolicy[] => {
  const parsed = parseLinkPolicies(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
};

test.each<[string, Partial<Parameters<typeof planHandover>[1]>, string | undefined, HandoverPolicy]>([
  ['nothing but the fallback', { fallback: 'release' }, 'networking', 'release'],
  ['the default under ifupdown', {}, 'networking', 'adopt'],
  ['the default under networkd', {}, 'systemd-networkd', 'adopt'],
  ['the default under nobody', {}, undefined, 'adopt'],
  ['adopt under a manager that leaves configured links alone', {}, 'NetworkManager', 'release'],
  ['keep under the same', { fallback: 'keep' }, 'NetworkManager', 'keep'],
  ['an entry by name', { entries: byName('keep') }, 'networking', 'keep'],
  ['an entry by MAC', { entries: byMac('release') }, 'networking', 'release'],
  ['an entry of another link', { entries: [{ interface: 'eth1', handover: 'keep' }] }, 'networking', 'adopt'],
  ['an entry without the key', { entries: [{ interface: 'eth0' }], fallback: 'keep' }, 'networking', 'keep'],
  ['a word for all links over an entry', { words: words('release'), entries: byName('keep') }, 'networking', 'release'],
  ['a word for the link over one for all', { words: words('eth0:keep,release') }, 'networking', 'keep'],
  ['the later of two words', { words: words('eth0:keep,eth0:release') }, 'networking', 'release'],
])('planHandover() by %s', (_, settings, script, policy) => {
  const facts = { devices: ['eth0'], links: [link('eth0', { mac: MAC })], ...(script === undefined ? {} : { script }) };
  expect(planHandover(facts, { words: [], entries: [], fallback: 'adopt', ...settings })).toEqual([
    { device: 'eth0', policy, why: expect.any(String) },
  ]);
});

test('planHandover() decides each link by itself, and one that is gone by its name', () => {
  const settings = { words: words('eth1:keep'), entries: byMac('release'), fallback: 'adopt' as const };
  const decisions = planHandover({ devices: ['eth0', 'eth1', 'bond0'], links: [link('eth0', { mac: MAC })] }, settings);
  expect(decisions.map(({ device, policy, why }) => [device, policy, why])).toEqual([
    ['eth0', 'release', '[[network]] handover'],
    ['eth1', 'keep', 'lifeboot.handover'],
    ['bond0', 'adopt', '[rescue] network_handover'],
  ]);
});

test.each([
  ['', 'names no policy'],
  ['kep', 'has no policy in "kep"'],
  ['eth0:', 'has no policy in "eth0:"'],
  [':keep', 'has no policy in ":keep"'],
  ['eth0:keep,eth1', 'has no policy in "eth1"'],
])('parseLinkPolicies() of %j: %s', (text, message) => {
  expect(parseLinkPolicies(text)).toBe(message);
});
