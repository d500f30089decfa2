/** What the kernel says about links, addresses and default routes: the JSON of ip(8), read into our words. */
import { canonicalAddress, type Family } from '../../sys/ip-address.ts';

export interface AddressFacts {
  readonly address: string;
  readonly prefix: number;
  readonly family: Family;
  readonly scope: string;
  /** IPv6 duplicate address detection met the same address elsewhere. */
  readonly duplicate: boolean;
  /** Given by a router advertisement or a DHCP client, with an end. */
  readonly dynamic: boolean;
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
}

export interface RouteFacts {
  readonly family: Family;
  readonly gateway: string;
  readonly device: string;
  readonly metric: number;
}

/** Reads `ip -j addr show`. Unreadable output is no link at all. */
export function parseLinks(json: string): readonly LinkFacts[] {
  return parseRows(json)
    .filter((row) => typeof row['ifname'] === 'string')
    .map(linkFacts)
    .sort((a, b) => a.index - b.index);
}

/** Reads `ip -j [-6] route show default`; routes without a gateway are left out. */
export function parseDefaultRoutes(json: string): readonly RouteFacts[] {
  return parseRows(json)
    .filter((row) => row['dst'] === 'default' && typeof row['gateway'] === 'string' && typeof row['dev'] === 'string')
    .map((row) => ({
      family: String(row['gateway']).includes(':') ? 6 : 4,
      gateway: canonicalAddress(String(row['gateway'])),
      device: String(row['dev']),
      metric: Number(row['metric'] ?? 0),
    }));
}

/** An address that others can reach us at. */
export function isUsable(address: AddressFacts): boolean {
  return address.scope === 'global' && !address.duplicate;
}

type Row = Readonly<Record<string, unknown>>;

function linkFacts(row: Row): LinkFacts {
  const flags = Array.isArray(row['flags']) ? row['flags'] : [];
  const state = row['operstate'];
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
  };
}

function parseRows(json: string): readonly Row[] {
  try {
    const rows: unknown = JSON.parse(json);
    return Array.isArray(rows) ? rows.filter(isRow) : [];
  } catch {
    return [];
  }
}

const hasAddress = (row: Row): boolean => typeof row['local'] === 'string' && /^inet6?$/.test(String(row['family']));

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
