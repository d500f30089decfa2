import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LinkFacts } from '../../../../src/rescue/network/network-facts.ts';
import { membersOf, planLinks, planUnmake } from '../../../../src/rescue/network/plan-links.ts';
import { planRenames } from '../../../../src/rescue/network/plan-renames.ts';
import type { VirtualLink } from '../../../../src/sys/virtual-link.ts';
import { link } from './network-links.ts';

const commands = (steps: readonly { readonly argv: readonly string[] }[]) => steps.map((step) => step.argv.join(' '));
const down = { isUp: false, hasCarrier: false };
const bond: VirtualLink = {
  kind: 'bond',
  name: 'bond0',
  members: ['eth0', 'eth1'],
  mtu: 9000,
  options: [
    ['mode', 'active-backup'],
    ['miimon', '100'],
    ['primary', 'eth1'],
  ],
};
const vlan: VirtualLink = { kind: 'vlan', name: 'vlan5', parent: 'bond0', id: 5 };
const bridge: VirtualLink = { kind: 'bridge', name: 'br0', members: ['vlan5', 'eth2'] };
const stack = [bond, vlan, bridge];

test('planLinks() makes a bridge over a VLAN over a bond in one go', () => {
  const plan = planLinks(stack, [link('eth0'), link('eth1', down), link('eth2', down)], []);
  expect(commands(plan.steps)).toEqual([
    'ip link add name bond0 type bond mode active-backup miimon 100',
    'ip link set dev eth0 down',
    'ip link set dev eth0 master bond0',
    'ip link set dev eth1 master bond0',
    'ip link set dev bond0 type bond primary eth1',
    'ip link set dev bond0 mtu 9000',
    'ip link set dev bond0 up',
    'ip link add link bond0 name vlan5 type vlan id 5',
    'ip link set dev vlan5 up',
    'ip link add name br0 type bridge',
    'ip link set dev vlan5 master br0',
    'ip link set dev eth2 master br0',
    'ip link set dev eth2 up',
    'ip link set dev br0 up',
  ]);
  expect(plan).toMatchObject({ makes: ['bond0', 'vlan5', 'br0'], missing: [], refused: [] });
});

test('planLinks() plans nothing for what is there', () => {
  const there = [
    link('eth0', { master: 'bond0' }),
    link('eth1', { master: 'bond0' }),
    link('eth2', { master: 'br0' }),
    link('bond0', { kind: 'bond', primary: 'eth1', mtu: 9000 }),
    link('vlan5', { kind: 'vlan', master: 'br0' }),
    link('br0', { kind: 'bridge' }),
  ];
  expect(planLinks(stack, there, ['bond0', 'vlan5', 'br0'])).toEqual({ steps: [], makes: [], missing: [], refused: [] });
});

test('planLinks() goes on with what is there, and names what is missing', () => {
  const plan = planLinks([bond, { ...vlan, parent: 'eth9' }], [link('eth0', down)], []);
  expect(commands(plan.steps)).toContain('ip link set dev eth0 master bond0');
  expect(commands(plan.steps).join()).not.toMatch(/primary|vlan5/);
  expect(plan.missing.map(({ part, of }) => [part, of.name])).toEqual([
    ['eth1', 'bond0'],
    ['eth9', 'vlan5'],
  ]);
  const late = planLinks([bond], [link('eth0', { master: 'bond0' }), link('eth1'), link('bond0', { kind: 'bond', mtu: 9000 })], ['bond0']);
  expect(commands(late.steps)).toEqual([
    'ip link set dev eth1 down',
    'ip link set dev eth1 master bond0',
    'ip link set dev bond0 type bond primary eth1',
  ]);
});

test('planLinks() finds members by MAC, and configures the bond that the module made', () => {
  const byMac: VirtualLink = { ...bond, members: ['02:00:00:00:00:0b'] };
  const there = [link('eth7', { ...down, mac: '02:00:00:00:00:0b' }), link('bond0', { kind: 'bond', mac: '02:00:00:00:00:0b', mtu: 9000 })];
  expect(commands(planLinks([byMac], there, []).steps)).toEqual([
    'ip link set dev bond0 down',
    'ip link set dev bond0 type bond mode active-backup miimon 100',
    'ip link set dev eth7 master bond0',
    'ip link set dev bond0 up',
  ]);
  expect(membersOf([byMac], there)).toEqual(['eth7']);
});

test('planLinks() takes no link that is another kind, and no member from another', () => {
  const plan = planLinks([bond, vlan], [link('bond0'), link('vlan5', { kind: 'vlan' }), link('eth0', { master: 'br9' })], []);
  expect(plan.refused).toEqual([{ link: bond, why: 'there is another link of that name, which is no bond' }]);
  const taken = planLinks([bond], [link('eth0', { master: 'br9' }), link('eth1')], []);
  expect(taken.refused).toEqual([{ link: bond, why: 'eth0 is a member of br9 already' }]);
});

test('planUnmake() takes away what we made, top first, and leaves what a kept link stands on', () => {
  const there = [
    link('eth0'),
    link('eth1'),
    link('eth2'),
    link('bond0', { kind: 'bond' }),
    link('vlan5', { kind: 'vlan' }),
    link('br0', { kind: 'bridge' }),
  ];
  const made = ['bond0', 'vlan5', 'br0'];
  expect(commands(planUnmake(stack, there, { made, kept: [] }))).toEqual([
    'ip link del dev br0',
    'ip link set dev eth2 up',
    'ip link del dev vlan5',
    'ip link del dev bond0',
    'ip link set dev eth0 up',
    'ip link set dev eth1 up',
  ]);
  expect(commands(planUnmake(stack, there, { made, kept: ['vlan5'] }))).toEqual(['ip link del dev br0', 'ip link set dev eth2 up']);
  expect(planUnmake(stack, there, { made: [], kept: [] })).toEqual([]);
  expect(planUnmake(stack, [], { made, kept: [] })).toEqual([]);
});

const nic = (name: string, index: number, facts: Partial<LinkFacts> = {}) =>
  link(name, { index, mac: `02:00:00:00:00:0${index}`, ...down, ...facts });
const named = (name: string, index: number) => ({ name, mac: `02:00:00:00:00:0${index}` });

test('planRenames() names a NIC by its MAC, down first', () => {
  expect(commands(planRenames([named('bootnet', 2)], [nic('eth0', 2, { isUp: true })]))).toEqual([
    'ip link set dev eth0 down',
    'ip link set dev eth0 name bootnet',
  ]);
  expect(planRenames([named('bootnet', 2)], [nic('bootnet', 2)])).toEqual([]);
  expect(planRenames([named('bootnet', 9)], [nic('eth0', 2)])).toEqual([]);
});

test('planRenames() leaves a link up that would lose its address', () => {
  const busy = link('eth0', { mac: '02:00:00:00:00:02' }, '10.0.0.1/24');
  expect(commands(planRenames([named('bootnet', 2)], [busy]))).toEqual(['ip link set dev eth0 name bootnet']);
});

/** The names after the renames, by index; fails where two links would have one name. */
function play(steps: readonly { readonly argv: readonly string[] }[], links: readonly LinkFacts[]): ReadonlyMap<number, string> {
  const names = new Map(links.map((each) => [each.name, each.index]));
  for (const { argv } of steps.filter((step) => step.argv[5] === 'name')) {
    const [from = '', to = ''] = [argv[4], argv[6]];
    const index = names.get(from);
    if (index === undefined || names.has(to)) throw new Error(`cannot rename ${from} to ${to}`);
    names.delete(from);
    names.set(to, index);
  }
  return new Map([...names].map(([name, index]) => [index, name]));
}

test('planRenames() swaps names, and moves out of the way who has none wished', () => {
  const links = [nic('eth0', 1), nic('eth1', 2)];
  expect(play(planRenames([named('eth1', 1), named('eth0', 2)], links), links)).toEqual(
    new Map([
      [1, 'eth1'],
      [2, 'eth0'],
    ]),
  );
  expect(play(planRenames([named('eth0', 2)], links), links)).toEqual(
    new Map([
      [1, 'eth1'],
      [2, 'eth0'],
    ]),
  );
});

test('planRenames() gives every NIC its name whatever names they had, and then plans nothing', () => {
  const names = fc.shuffledSubarray(['eth0', 'eth1', 'eth2', 'lan', 'wan'], { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(
      names,
      fc.shuffledSubarray(['eth0', 'eth1', 'eth2', 'lan', 'wan', 'dmz'], { minLength: 1, maxLength: 4 }),
      (had, wished) => {
        const links = had.map((name, place) => nic(name, place + 1));
        const renames = wished.map((name, place) => named(name, place + 1));
        const after = play(planRenames(renames, links), links);
        wished.forEach((name, place) => void expect(after.get(place + 1)).toBe(name));
        expect(
          planRenames(
            renames,
            links.map((each) => ({ ...each, name: after.get(each.index) ?? '' })),
          ),
        ).toEqual([]);
      },
    ),
  );
});
