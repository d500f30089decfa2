/** `[[network]]` of lifeboot.toml: the addresses of one link, found by name or by MAC. */
import * as v from 'valibot';
import { type HandoverPolicy, handoverPolicies } from './handover-policy.ts';
import { type Cidr, canonicalAddress, familyOf, parseCidr } from './ip-address.ts';
import { canonicalMac, isLinkName } from './link-name.ts';
import { type RouteSetting, routeSchema } from './route-setting.ts';
import type { BondLink, BridgeLink, VirtualLink, VlanLink } from './virtual-link.ts';
import { BOND_FORM, bondSchema, bridgeSchema, vlanSchema } from './virtual-setting.ts';

/** Ways to get an address from the network: `auto6` by router advertisement, `either6` by that or else DHCPv6, `link6` none but the link-local one. */
export const dhcpKinds = ['dhcp4', 'dhcp6', 'auto6', 'either6', 'link6'] as const;
export type DhcpKind = (typeof dhcpKinds)[number];

export interface NetworkSetting {
  /** At least one of the two is there; both must fit when both are. */
  readonly interface?: string;
  /** Lower case, with colons. */
  readonly mac?: string;
  readonly addresses: readonly Cidr[];
  /** At most one of each family. */
  readonly gateways: readonly string[];
  readonly nameservers: readonly string[];
  readonly mtu?: number;
  /** What to ask the network for; absent: nothing. */
  readonly kinds?: readonly DhcpKind[];
  /** The other end of the first address. */
  readonly peer?: string;
  readonly routes?: readonly RouteSetting[];
  /** The link is made of others. */
  readonly virtual?: VirtualLink;
  /** The MAC the link shall take. */
  readonly setMac?: string;
  readonly hostname?: string;
  /** Name of the file it stands in. */
  readonly source?: string;
  /** It is part of the toolbox: meant for the whole fleet. */
  readonly baked?: boolean;
  /** Absent: as `[rescue] network_handover` says. */
  readonly handover?: HandoverPolicy;
}

interface Key {
  readonly schema: v.GenericSchema;
  readonly accepted: string;
  readonly does: string;
}

const address = v.pipe(
  v.string(),
  v.check((text) => familyOf(text) !== undefined),
  v.transform(canonicalAddress),
);
const cidr = v.pipe(
  v.string(),
  v.rawTransform<string, Cidr>(({ dataset, addIssue, NEVER }) => {
    const parsed = parseCidr(dataset.value);
    if (parsed !== undefined) return parsed;
    addIssue({ message: 'no CIDR' });
    return NEVER;
  }),
);
const mac = v.pipe(
  v.string(),
  v.check((text) => canonicalMac(text) !== undefined),
  v.transform((text) => canonicalMac(text) ?? text),
);
const methods = ['static', 'dhcp', ...dhcpKinds] as const;
const MAC_FORM = 'six pairs of hexadecimal digits, as in "52:54:00:12:34:56"';

/** Its keys as spelled in the file. */
export const networkKeys = {
  interface: {
    schema: v.pipe(v.string(), v.check(isLinkName)),
    accepted: 'a name of at most 15 letters, as in "eth0"',
    does: 'the link by name',
  },
  mac: { schema: mac, accepted: MAC_FORM, does: 'the link by hardware address' },
  method: {
    schema: oneOrMany(v.picklist(methods)),
    accepted: `${methods.map((word) => `"${word}"`).join(', ')}, or a list of them`,
    does: 'how it gets addresses besides those written here',
  },
  address: {
    schema: oneOrMany(cidr),
    accepted: 'an address with its prefix length, as in "10.0.2.15/24" or "2001:db8::5/64", or a list of them',
    does: 'its addresses',
  },
  gateway: {
    schema: oneOrMany(address),
    accepted: 'an address, as in "10.0.2.2", or a list with one of each family',
    does: 'default routes',
  },
  nameservers: {
    schema: oneOrMany(address),
    accepted: 'a list of addresses, as in ["10.0.2.3"]',
    does: 'name servers while nothing better is known',
  },
  mtu: {
    schema: v.pipe(v.number(), v.integer(), v.minValue(68), v.maxValue(65_535)),
    accepted: 'a whole number from 68 to 65535',
    does: 'MTU of the link',
  },
  peer: {
    schema: address,
    accepted: 'an address, as in "10.0.2.1"',
    does: "the other end of the first address, whose prefix length is the peer's",
  },
  routes: {
    schema: oneOrMany(routeSchema),
    accepted: 'a list of routes as in ["10.1.0.0/16 via 10.0.2.9", "10.2.0.0/16 metric 50"]',
    does: 'further routes',
  },
  bond: { schema: bondSchema, accepted: BOND_FORM, does: 'makes the link, a bond of these members' },
  bridge: { schema: bridgeSchema, accepted: 'a table, as in { members = ["eth0"] }', does: 'makes the link, a bridge with these ports' },
  vlan: { schema: vlanSchema, accepted: 'a table, as in { link = "bond0", id = 5 }', does: 'makes the link, a VLAN on another one' },
  set_mac: { schema: mac, accepted: MAC_FORM, does: 'the MAC the link shall take' },
  hostname: {
    schema: v.pipe(v.string(), v.regex(/^[a-z0-9](?:[a-z0-9-]{0,62})$/i)),
    accepted: 'a name without dots',
    does: 'host name while nothing better is known',
  },
  handover: {
    schema: v.picklist(handoverPolicies),
    accepted: handoverPolicies.map((word) => `"${word}"`).join(', '),
    does: '`network_handover` of this link',
  },
} as const satisfies Record<string, Key>;

/** The rows of the README's table of `[[network]]` keys, in Markdown. */
export function formatNetworkKeys(): string {
  const rows = Object.entries(networkKeys).map(([key, { does, accepted }]) => `| \`${key}\` | ${does} | ${accepted} |`);
  return ['| key | does | accepted |', '|---|---|---|', ...rows].join('\n');
}

/** Puts checked values together; a string says what makes the whole entry useless. */
export function networkSetting(values: Readonly<Record<string, unknown>>): NetworkSetting | string {
  const {
    interface: name,
    method = [],
    address: addresses = [],
    gateway: gateways = [],
    nameservers = [],
    bond,
    bridge,
    vlan,
    ...rest
  } = values as Values;
  const { mac: hardware, set_mac: setMac, ...others } = rest;
  const parts = [bond, bridge, vlan].filter((part) => part !== undefined);
  const [made] = parts;
  if (name === undefined && hardware === undefined) return 'names no link: needs interface or mac';
  if (parts.length > 1) return 'is more than one of bond, bridge and vlan';
  if (made !== undefined && name === undefined) return `needs an interface: the name of the ${made.kind}`;
  const kinds = method.flatMap((word) => (word === 'static' ? [] : word === 'dhcp' ? ['dhcp4' as const] : [word]));
  if (addresses.length + kinds.length === 0 && made === undefined) return 'has no usable address';
  return {
    ...(name === undefined ? {} : { interface: name }),
    ...(hardware === undefined ? {} : { mac: hardware }),
    ...others,
    ...(kinds.length === 0 ? {} : { kinds: [...new Set(kinds)] }),
    ...(made === undefined || name === undefined
      ? {}
      : { virtual: { ...made, name, ...(rest.mtu === undefined ? {} : { mtu: rest.mtu }) } }),
    ...(setMac === undefined ? {} : { setMac }),
    addresses,
    gateways,
    nameservers,
  };
}

/** As the schemas of `networkKeys` give them. */
interface Values {
  readonly interface?: string;
  readonly mac?: string;
  readonly method?: readonly (typeof methods)[number][];
  readonly address?: readonly Cidr[];
  readonly gateway?: readonly string[];
  readonly nameservers?: readonly string[];
  readonly mtu?: number;
  readonly peer?: string;
  readonly routes?: readonly RouteSetting[];
  readonly bond?: Omit<BondLink, 'name'>;
  readonly bridge?: Omit<BridgeLink, 'name'>;
  readonly vlan?: Omit<VlanLink, 'name'>;
  readonly set_mac?: string;
  readonly hostname?: string;
  readonly handover?: HandoverPolicy;
}

/** Whether two entries speak of the same link, so that the root's replaces the baked one. */
export function sameLink(a: NetworkSetting, b: NetworkSetting): boolean {
  if (a.mac !== undefined || b.mac !== undefined) return a.mac === b.mac;
  return a.interface === b.interface;
}

function oneOrMany<I extends string, T>(schema: v.GenericSchema<I, T>) {
  return v.union([
    v.array(schema),
    v.pipe(
      schema,
      v.transform((value) => [value]),
    ),
  ]);
}
