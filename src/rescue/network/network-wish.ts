/** What the machine was told about its rescue network, as plain data: the wishes of all rungs of the ladder, and what they stand on. */
import { type Cidr, formatCidr } from '../../sys/ip-address.ts';
import type { DhcpKind } from '../../sys/network-setting.ts';
import type { NetworkTimeouts } from '../../sys/network-timeouts.ts';
import type { Problem } from '../../sys/problem.ts';
import type { RouteSetting } from '../../sys/route-setting.ts';
import type { VirtualLink } from '../../sys/virtual-link.ts';

/**
 * Where on the ladder a wish stands; for one link the first that speaks counts: the kernel command line, a file on the root, the
 * table of machines in the toolbox, a file in the toolbox.
 */
export const rungs = ['kernel', 'file', 'table', 'toolbox', 'fallback'] as const;
export type Rung = (typeof rungs)[number];

/** An address of a wish; with a `peer`, the prefix is the peer's (ip-address(8)). */
export interface AddressWish extends Cidr {
  readonly peer?: string;
}

/** The addresses one link shall have. Plain data: it is kept in network.json over a crash. */
export interface NetworkWish {
  readonly rung: Rung;
  /** Named to people: `ip=`, `DHCP`, `lifeboot.toml`, `network.toml`, `macs.tsv`. */
  readonly source: string;
  /** What to ask the network for besides `addresses`; empty: nothing. */
  readonly kinds: readonly DhcpKind[];
  /** Link by name, by MAC, or (neither) the first one with a carrier. */
  readonly device?: string;
  readonly mac?: string;
  readonly addresses: readonly AddressWish[];
  readonly gateways: readonly string[];
  readonly routes: readonly RouteSetting[];
  readonly mtu?: number;
  /** The MAC the link shall take. */
  readonly setMac?: string;
  readonly hostname?: string;
  /** Of its default routes: the first wish has 0, so that two gateways never meet in one route. */
  readonly metric: number;
}

/** A name for the NIC with that (permanent) MAC: `ifname=`. */
export interface RenameWish {
  readonly name: string;
  readonly mac: string;
}

/** Everything that was wished, in the order of the ladder. */
export interface NetworkWishes {
  readonly wishes: readonly NetworkWish[];
  /** Links that the kernel command line names, if only to say `off`: no lower rung speaks of them. */
  readonly spokenFor: readonly string[];
  /** Bonds, bridges and VLANs, those first that others stand on. */
  readonly virtual: readonly VirtualLink[];
  readonly renames: readonly RenameWish[];
  /** Routes that name no wish: each goes onto the link it names, or else onto the one whose network holds its gateway. */
  readonly routes: readonly RouteSetting[];
  readonly nameservers: readonly string[];
  /** False: name servers of a lease are not taken (`rd.peerdns=0`). */
  readonly peerDns: boolean;
  readonly timeouts: NetworkTimeouts;
  readonly problems: readonly Problem[];
}

/** How a wish is named to people: `eth0 10.0.2.15/24`. */
export function describeWish(wish: NetworkWish): string {
  const link = wish.device ?? wish.mac ?? 'the first link with a carrier';
  return [link, ...wish.addresses.map(formatCidr), ...wish.kinds.map((kind) => `by ${kindNames[kind]}`)].join(' ');
}

const kindNames: Readonly<Record<DhcpKind, string>> = {
  dhcp4: 'DHCP',
  dhcp6: 'DHCPv6',
  auto6: 'IPv6 router advertisement',
  either6: 'IPv6 router advertisement or DHCPv6',
  link6: 'IPv6 link-local address alone',
};
