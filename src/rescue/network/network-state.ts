/** The network as people see it: one line a link for the banner, and the addresses rescue answers at. Pure. */
import { formatCidr } from '../../sys/ip-address.ts';
import { formatInventory } from './link-inventory.ts';
import { isUsable, type LinkFacts, type RouteFacts } from './network-facts.ts';
import type { HeldWish, LinkHandover } from './network-record.ts';

export interface NetworkState {
  /** `eth0 up 10.0.2.15/24 from ip=`, then what is missing or wrong. */
  readonly links: readonly string[];
  /** To be put into an ssh command line: global ones, else link-local ones with their zone (`fe80::1%eth0`). */
  readonly addresses: readonly string[];
  /** `formatProblem` lines of `ip=` and `nameserver=`. */
  readonly problems: readonly string[];
  /** An address is there, or it is known why not, or none is wished for. */
  readonly settled: boolean;
}

/** One line for each link that could carry rescue. `troubles` adds what is wrong, by link name. */
export function formatLinks(
  links: readonly LinkFacts[],
  held: readonly HeldWish[],
  troubles: ReadonlyMap<string, string>,
): readonly string[] {
  const shown = links.filter((link) => link.isCandidate || held.some((each) => each.device === link.name));
  const lines = shown.map((link) => {
    const state = link.hasCarrier ? 'up' : link.isUp ? 'no carrier' : 'down';
    const trouble = troubles.get(link.name);
    return [link.name, state, formatAddresses(link, held), ...(trouble === undefined ? [] : [`(${trouble})`])].join(' ');
  });
  const elsewhere = [...troubles].filter(([name]) => !shown.some((link) => link.name === name));
  return [...lines, ...elsewhere.map(([name, trouble]) => `${name} failed (${trouble})`)];
}

/** One line for each link that was handed over: what was there before, and what came of it. */
export function formatHandovers(handovers: readonly LinkHandover[]): readonly string[] {
  return handovers.map(({ device, policy, before, after, stage }) => {
    const now = after !== undefined ? `${formatInventory(after)} after` : stage === 'verified' ? 'link gone' : 'under way';
    return `${device} handed over (${policy}): ${formatInventory(before)} before, ${now}`;
  });
}

/** What a client can type: every usable address, or the link-local ones where there is nothing better. */
export function reachableAt(links: readonly LinkFacts[]): readonly string[] {
  const all = connected(links)
    .filter((link) => link.name !== 'lo' && link.isUp)
    .flatMap((link) => link.addresses.map((address) => ({ link, address })));
  const usable = all.filter(({ address }) => isUsable(address)).map(({ address }) => address.address);
  if (usable.length > 0) return usable;
  return all.filter(({ address }) => address.scope === 'link').map(({ link, address }) => `${address.address}%${link.name}`);
}

/** Whether the machine can be reached from another network: any link but lo, up, with a usable address. */
export function hasWorkingAddress(links: readonly LinkFacts[]): boolean {
  return connected(links).some((link) => link.name !== 'lo' && link.isUp && link.addresses.some(isUsable));
}

/** An address on an unplugged link reaches nobody while another link has its cable; where none has, all count. */
function connected(links: readonly LinkFacts[]): readonly LinkFacts[] {
  const plugged = links.filter((link) => link.name !== 'lo' && link.hasCarrier);
  return plugged.length > 0 ? plugged : links;
}

/** `10.0.2.15/24, default via 10.0.2.2`: what is on a link now, for the log of the hand-over. */
export function describeLink(link: LinkFacts, routes: readonly RouteFacts[]): string {
  const addresses = link.addresses.filter((address) => address.scope !== 'link').map(formatCidr);
  const gateways = routes
    .filter((route) => route.device === link.name && route.to === undefined)
    .map((route) => `default via ${route.gateway}`);
  return [...addresses, ...gateways].join(', ') || 'no address';
}

function formatAddresses(link: LinkFacts, held: readonly HeldWish[]): string {
  const wish = held.find((each) => each.device === link.name)?.wish;
  const global = link.addresses.filter((address) => address.scope !== 'link');
  if (global.length === 0) return link.addresses.map((address) => `${formatCidr(address)} link-local`).join(', ') || 'no address';
  const parts = global.map((address) => {
    const ours = wish?.addresses.some((cidr) => cidr.address === address.address) ?? false;
    return `${formatCidr(address)}${ours ? ` from ${wish?.source}` : ''}${address.duplicate ? ' DUPLICATE' : ''}`;
  });
  return parts.join(', ');
}
