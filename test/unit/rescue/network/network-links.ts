/** Links as tests of the network describe them: `link('eth0', { isUp: true }, '10.0.2.15/24')`. */
import type { LinkFacts } from '../../../../src/rescue/network/network-facts.ts';
import type { NetworkWish } from '../../../../src/rescue/network/network-wish.ts';
import { type Cidr, parseCidr } from '../../../../src/sys/ip-address.ts';

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`no CIDR: ${text}`);
  return parsed;
}

export function link(name: string, facts: Partial<LinkFacts> = {}, ...addresses: readonly string[]): LinkFacts {
  return {
    name,
    index: 2,
    mac: '52:54:00:12:34:56',
    mtu: 1500,
    isUp: true,
    hasCarrier: true,
    isCandidate: name !== 'lo',
    addresses: addresses.map((text) => {
      const { address, prefix, family } = cidr(text);
      return { address, prefix, family, scope: address.startsWith('fe80') ? 'link' : 'global', duplicate: false, dynamic: false };
    }),
    ...facts,
  };
}

export function wish(facts: Partial<NetworkWish> = {}, ...addresses: readonly string[]): NetworkWish {
  return { rung: 'kernel', source: 'ip=', kinds: [], routes: [], gateways: [], metric: 0, addresses: addresses.map(cidr), ...facts };
}

/** The link as `ip -j addr show` prints it. */
export function ipJson(links: readonly LinkFacts[]): string {
  return JSON.stringify(
    links.map((each) => ({
      ifindex: each.index,
      ifname: each.name,
      flags: [...(each.isUp ? ['UP'] : []), ...(each.hasCarrier ? ['LOWER_UP'] : [])],
      mtu: each.mtu,
      operstate: each.hasCarrier ? 'UP' : 'DOWN',
      link_type: each.isCandidate ? 'ether' : 'loopback',
      address: each.mac,
      addr_info: each.addresses.map((address) => ({
        family: address.family === 6 ? 'inet6' : 'inet',
        local: address.address,
        prefixlen: address.prefix,
        scope: address.scope,
        ...(address.duplicate ? { dadfailed: true } : {}),
      })),
    })),
  );
}
