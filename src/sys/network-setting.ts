/** `[[network]]` of lifeboot.toml: the addresses of one link, found by name or by MAC. */
import * as v from 'valibot';
import { type Cidr, canonicalAddress, familyOf, parseCidr } from './ip-address.ts';

/** Ways to get an address from the network: `auto6` by router advertisement, `either6` by that or else DHCPv6, `link6` none but the link-local one. */
export const dhcpKinds = ['dhcp4', 'dhcp6', 'auto6', 'either6', 'link6'] as const;
export type DhcpKind = (typeof dhcpKinds)[number];

/** A route besides the default ones. Without a gateway the network is on the link itself. */
export interface RouteSetting {
  readonly to: Cidr;
  readonly gateway?: string;
  /** Absent: the link it is written under, or whose network holds the gateway. */
  readonly device?: string;
  readonly metric?: number;
}

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
/** Interface names: dev_valid_name() of the kernel, less than IFNAMSIZ. */
const interfaceName = v.pipe(v.string(), v.regex(/^(?!\.{1,2}$)[^\s/:]{1,15}$/));

/** Its keys as spelled in the file. */
export const networkKeys = {
  interface: { schema: interfaceName, accepted: 'a name of at most 15 letters, as in "eth0"', does: 'the link by name' },
  mac: {
    schema: v.pipe(
      v.string(),
      v.regex(/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i),
      v.transform((text) => text.toLowerCase().replaceAll('-', ':')),
    ),
    accepted: 'six pairs of hexadecimal digits, as in "52:54:00:12:34:56"',
    does: 'the link by hardware address',
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
} as const satisfies Record<string, Key>;

/** The rows of the README's table of `[[network]]` keys, in Markdown. */
export function formatNetworkKeys(): string {
  const rows = Object.entries(networkKeys).map(([key, { does, accepted }]) => `| \`${key}\` | ${does} | ${accepted} |`);
  return ['| key | does | accepted |', '|---|---|---|', ...rows].join('\n');
}

/** Puts checked values together; a string says what makes the whole entry useless. */
export function networkSetting(values: Readonly<Record<string, unknown>>): NetworkSetting | string {
  const { interface: name, mac, address: addresses = [], gateway = [], nameservers = [], mtu } = values;
  if (name === undefined && mac === undefined) return 'names no link: needs interface or mac';
  if (!Array.isArray(addresses) || addresses.length === 0) return 'has no usable address';
  return {
    ...(name === undefined ? {} : { interface: String(name) }),
    ...(mac === undefined ? {} : { mac: String(mac) }),
    ...(mtu === undefined ? {} : { mtu: Number(mtu) }),
    addresses,
    gateways: gateway as string[],
    nameservers: nameservers as string[],
  };
}

/** Whether two entries speak of the same link, so that the root's replaces the baked one. */
export function sameLink(a: NetworkSetting, b: NetworkSetting): boolean {
  if (a.mac !== undefined || b.mac !== undefined) return a.mac === b.mac;
  return a.interface === b.interface;
}

function oneOrMany<T>(schema: v.GenericSchema<string, T>) {
  return v.union([
    v.array(schema),
    v.pipe(
      schema,
      v.transform((value) => [value]),
    ),
  ]);
}
