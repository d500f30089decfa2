/**
 * Parking: our IPv4 addresses stay reachable while the machine's own networking starts, in a form its commands do not trip
 * over. Pure. The kernel refuses an address only when local address and prefix length are the same ("File exists",
 * find_matching_ifa() of devinet.c), and a route only when network and metric are the same.
 */
import { type Cidr, familyOf, formatCidr } from '../../sys/ip-address.ts';
import type { LinkFacts, RouteFacts } from './network-facts.ts';
import type { Step } from './network-plan.ts';
import type { NetworkWish } from './network-wish.ts';

/** Later than any metric a person or a program gives a route. */
const PARKED_METRIC = 4_000_000_000;

/** What is added before the wish itself is taken off: addresses that make no route by themselves, and routes nobody prefers. */
export function planPark(wish: NetworkWish, link: LinkFacts): readonly Step[] {
  const here = wish.addresses.filter((cidr) => cidr.family === 4 && link.addresses.some((there) => there.address === cidr.address));
  const gateways = wish.gateways.filter((gateway) => familyOf(gateway) === 4 && here.length > 0);
  return [
    ...here
      .map(parked)
      .filter((cidr) => !isThere(link, cidr))
      .map((cidr) => ({ argv: ['ip', 'addr', 'add', formatCidr(cidr), 'noprefixroute', 'dev', link.name], why: `park ${cidr.address}` })),
    ...here.flatMap((cidr) => onlinkRoute(cidr, link.name, 'replace')),
    ...gateways.map((gateway) => ({ argv: defaultRoute('replace', gateway, link.name), why: `park default via ${gateway}` })),
  ];
}

/** Takes exactly that off again. What is gone already fails, and that is no harm. */
export function planUnpark(wish: NetworkWish, link: LinkFacts): readonly Step[] {
  const own = wish.addresses.filter((cidr) => cidr.family === 4);
  const gateways = wish.gateways.filter((gateway) => familyOf(gateway) === 4 && own.length > 0);
  return [
    ...gateways.map((gateway) => ({ argv: defaultRoute('del', gateway, link.name), why: `default via ${gateway} no longer parked` })),
    ...own.flatMap((cidr) => onlinkRoute(cidr, link.name, 'del')),
    ...own
      .map(parked)
      .filter((cidr) => isThere(link, cidr))
      .map((cidr) => ({ argv: ['ip', 'addr', 'del', formatCidr(cidr), 'dev', link.name], why: `${cidr.address} no longer parked` })),
  ];
}

/** The link as the machine sees it: without what we parked on it. */
export function withoutParked(link: LinkFacts, wish: NetworkWish): LinkFacts {
  const ours = wish.addresses.filter((cidr) => cidr.family === 4).map(parked);
  const isOurs = (there: Cidr) => ours.some((cidr) => cidr.address === there.address && cidr.prefix === there.prefix);
  return { ...link, addresses: link.addresses.filter((there) => !isOurs(there)) };
}

/** The routes without those that we parked. */
export function withoutParkedRoutes(routes: readonly RouteFacts[]): readonly RouteFacts[] {
  return routes.filter(({ metric }) => metric !== PARKED_METRIC);
}

/** /31 is a length nobody gives an Ethernet address (RFC 3021: links of two), unless ours has it. */
const parked = (cidr: Cidr): Cidr => ({ ...cidr, prefix: cidr.prefix === 31 ? 32 : 31 });

const isThere = (link: LinkFacts, cidr: Cidr): boolean =>
  link.addresses.some((there) => there.address === cidr.address && there.prefix === cidr.prefix);

/** Neighbours of our network stay neighbours. */
function onlinkRoute(cidr: Cidr, device: string, verb: 'replace' | 'del'): readonly Step[] {
  if (cidr.prefix === 32) return [];
  const network = formatCidr({ ...cidr, address: networkOf(cidr) });
  const source = verb === 'del' ? [] : ['src', cidr.address];
  return [
    {
      argv: ['ip', 'route', verb, network, 'dev', device, ...source, 'metric', String(PARKED_METRIC)],
      why: `${verb === 'del' ? 'no longer ' : ''}park ${network}`,
    },
  ];
}

/** Of IPv4: the address with the bits of the host cleared. */
function networkOf({ address, prefix }: Cidr): string {
  return address
    .split('.')
    .map((octet, place) => Number(octet) & (0xff << Math.min(8, Math.max(0, 8 * (place + 1) - prefix))) & 0xff)
    .join('.');
}

const defaultRoute = (verb: 'replace' | 'del', gateway: string, device: string): readonly string[] => [
  'ip',
  'route',
  verb,
  'default',
  'via',
  gateway,
  'dev',
  device,
  'onlink',
  'metric',
  String(PARKED_METRIC),
];
