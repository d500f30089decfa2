/** What the kernel says about links, addresses and default routes: the JSON of ip(8), read into our words. */
import { canonicalAddress, type Family, formatCidr, parseCidr } from '../../sys/ip-address.ts';

export interface AddressFacts {
  readonly address: string;
  readonly prefix: number;
  readonly family: Family;
  readonly scope: string;
  /** IPv6 duplicate address detection met the same address elsewhere. */
  readonly duplicate: boolean;
  /** IPv6 duplicate address detection is under way. Absent: it is not. */
  readonly tentative?: boolean;
  /** Given by a router advertisement or a DHCP client, with an end. */
  readonly dynamic: boolean;
  /** The other end of a point-to-point link; the prefix is its. */
  readonly peer?: string;
}

export interface LinkFacts {
  readonly name: string;
  readonly index: number;
  readonly mac: string;
  readonly mtu: number;
  readonly isUp: boolean;
  /** A cable with something at its other end. */
  readonly hasCarrier: boolean;
  /** A link that could carry rescue: Ethernet, speaks ARP, not part of a bond or bridge. */
  readonly isCandidate: boolean;
  readonly addresses: readonly AddressFacts[];
  /** What made it: `bond`, `bridge`, `vlan`, `veth` …; a NIC has none. */
  readonly kind?: string;
  /** The bond or bridge it is a member of. */
  readonly master?: string;
  /** Of a bond: the member it prefers. */
  readonly primary?: string;
  /** Absent where it is `mac`. */
  readonly permanentMac?: string;
}

export interface RouteFacts {
  readonly family: Family;
  /** Where to, as in `10.1.0.0/24`; absent: a default route. */
  readonly to?: string;
  /** Absent: the network is on the link itself. */
  readonly gateway?: string;
  readonly device: string;
  readonly metric: number;
}

/** What bonds, bridges and VLANs are made of has a MAC that is its own. */
const virtualKinds: readonly string[] = ['bond', 'bridge', 'vlan'];

/** Whether it is no bond, bridge or VLAN: those have the MAC of one of their parts. */
export const isPlain = (link: LinkFacts): boolean => link.kind === undefined || !virtualKinds.includes(link.kind);

/** The MAC that the NIC was made with, whatever it has now. */
export const permanentMac = (link: LinkFacts): string => link.permanentMac ?? link.mac;

/** The link of that name, or the plain one of that MAC. */
export function linkNamed(nameOrMac: string, links: readonly LinkFacts[]): LinkFacts | undefined {
  return links.find((link) => link.name === nameOrMac) ?? links.find((link) => isPlain(link) && permanentMac(link) === nameOrMac);
}

/** Reads `ip -j -d addr show`. Unreadable output is no link at all. */
export function parseLinks(json: string): readonly LinkFacts[] {
  return parseRows(json)
    .filter((row) => typeof row['ifname'] === 'string')
    .map(linkFacts)
    .sort((a, b) => a.index - b.index);
}

/** Reads `ip -j [-6] route show`: default routes through a gateway, and all others but those that the kernel makes of an address. */
export function parseRoutes(json: string): readonly RouteFacts[] {
  return parseRows(json)
    .filter(
      (row) =>
        typeof row['dev'] === 'string' && (row['dst'] === 'default' ? typeof row['gateway'] === 'string' : row['protocol'] !== 'kernel'),
    )
    .flatMap((row) => {
      const { dst, gateway } = row;
      const family = String(dst === 'default' ? gateway : dst).includes(':') ? 6 : 4;
      const to = parseCidr(String(dst).includes('/') ? String(dst) : `${String(dst)}/${family === 6 ? 128 : 32}`);
      if (dst !== 'default' && to === undefined) return [];
      return [
        {
          family,
          ...(to === undefined ? {} : { to: formatCidr(to) }),
          ...(typeof gateway === 'string' ? { gateway: canonicalAddress(gateway) } : {}),
          device: String(row['dev']),
          metric: Number(row['metric'] ?? 0),
        } as const,
      ];
    });
}

/** An address that others can reach us at. */
export function isUsable(address: AddressFacts): boolean {
  return address.scope === 'global' && !address.duplicate;
}

export type Row = Readonly<Record<string, unknown>>;

function linkFacts(row: Row): LinkFacts {
  const flags = Array.isArray(row['flags']) ? row['flags'] : [];
  const state = row['operstate'];
  const info = rowIn(row, 'linkinfo');
  const kind = textIn(info, 'info_kind');
  const master = textIn(row, 'master');
  const primary = textIn(rowIn(info, 'info_data'), 'primary');
  const permanent = (textIn(row, 'permaddr') ?? textIn(rowIn(info, 'info_slave_data'), 'perm_hwaddr'))?.toLowerCase();
  return {
    name: String(row['ifname']),
    index: Number(row['ifindex'] ?? 0),
    mac: String(row['address'] ?? '').toLowerCase(),
    mtu: Number(row['mtu'] ?? 0),
    isUp: flags.includes('UP'),
    // Drivers without carrier detection stay UNKNOWN (Documentation/networking/operstates.rst).
    hasCarrier: flags.includes('LOWER_UP') && (state === 'UP' || state === 'UNKNOWN'),
    isCandidate: row['link_type'] === 'ether' && !flags.includes('NOARP') && row['master'] === undefined,
    addresses: (Array.isArray(row['addr_info']) ? row['addr_info'] : []).filter(isRow).filter(hasAddress).map(addressFacts),
    ...(kind === undefined ? {} : { kind }),
    ...(master === undefined ? {} : { master }),
    ...(primary === undefined ? {} : { primary }),
    ...(permanent === undefined ? {} : { permanentMac: permanent }),
  };
}

function addressFacts(row: Row): AddressFacts {
  return {
    address: canonicalAddress(String(row['local'])),
    prefix: Number(row['prefixlen'] ?? 0),
    family: row['family'] === 'inet6' ? 6 : 4,
    scope: String(row['scope'] ?? ''),
    duplicate: row['dadfailed'] === true,
    dynamic: row['dynamic'] === true,
    ...(row['tentative'] === true && row['dadfailed'] !== true ? { tentative: true } : {}),
    ...(typeof row['address'] === 'string' ? { peer: canonicalAddress(row['address']) } : {}),
  };
}

/** Rows of ip(8)'s JSON; none when it is unreadable. */
export function parseRows(json: string): readonly Row[] {
  try {
    const rows: unknown = JSON.parse(json);
    return Array.isArray(rows) ? rows.filter(isRow) : [];
  } catch {
    return [];
  }
}

const rowIn = (row: Row, key: string): Row => (isRow(row[key]) ? row[key] : {});

const textIn = (row: Row, key: string): string | undefined => (typeof row[key] === 'string' ? row[key] : undefined);

const hasAddress = (row: Row): boolean => typeof row['local'] === 'string' && /^inet6?$/.test(String(row['family']));

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
