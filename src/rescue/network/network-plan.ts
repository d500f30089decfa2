/** Decides which `ip` commands bring a link from what it is to what was wished, and back. Pure: facts in, commands out. */
import { type Cidr, type Family, familyOf, formatCidr, inSameNetwork } from '../../sys/ip-address.ts';
import type { LinkFacts, RouteFacts } from './network-facts.ts';
import type { NetworkWish } from './network-wish.ts';

export interface Step {
  readonly argv: readonly string[];
  /** For the log: what it is good for. */
  readonly why: string;
}

/** Takes the link up, so that it has a carrier and its IPv6 link-local address. */
export function planLinkUp(link: LinkFacts): readonly Step[] {
  return link.isUp ? [] : [{ argv: ['ip', 'link', 'set', 'dev', link.name, 'up'], why: `${link.name} up` }];
}

/** What is missing of a wish on that link. Run again on what it made, it plans nothing. */
export function planWish(wish: NetworkWish, link: LinkFacts, routes: readonly RouteFacts[]): readonly Step[] {
  const { mtu, hostname } = wish;
  return [
    ...(mtu === undefined || mtu === link.mtu
      ? []
      : [{ argv: ['ip', 'link', 'set', 'dev', link.name, 'mtu', String(mtu)], why: `MTU ${mtu}` }]),
    ...planLinkUp(link),
    ...wish.addresses.filter((cidr) => !hasAddress(link, cidr.address)).map((cidr) => addAddress(cidr, link.name)),
    ...wish.gateways.filter((gateway) => !hasRoute(routes, link.name, gateway)).map((gateway) => addRoute(wish, gateway, link.name)),
    ...(hostname === undefined ? [] : [{ argv: ['hostname', hostname], why: `host name ${hostname}` }]),
  ];
}

/** Takes exactly that wish off the link again, default routes first; the link stays up. */
export function planRelease(wish: NetworkWish, link: LinkFacts, routes: readonly RouteFacts[]): readonly Step[] {
  const gateways = routes.filter((route) => route.device === link.name && wish.gateways.includes(route.gateway));
  const addresses = link.addresses.filter((there) => wish.addresses.some((cidr) => cidr.address === there.address));
  return [
    ...gateways.map(({ family, gateway, metric }) => ({
      argv: ['ip', ...familyFlag(family), 'route', 'del', 'default', 'via', gateway, 'dev', link.name, 'metric', String(metric)],
      why: `default via ${gateway}`,
    })),
    ...addresses.map((there) => ({
      argv: ['ip', ...familyFlag(there.family), 'addr', 'del', formatCidr(there), 'dev', link.name],
      why: formatCidr(there),
    })),
  ];
}

/**
 * The link a wish means: by name, by MAC, or the first candidate with a carrier. Undefined: not there (yet).
 * A wish without a name never takes a link that another wish has, or names.
 */
export function chooseLink(wish: NetworkWish, links: readonly LinkFacts[], taken: readonly string[]): LinkFacts | undefined {
  if (wish.device !== undefined || wish.mac !== undefined) {
    return links.find((link) => (wish.device ?? link.name) === link.name && (wish.mac ?? link.mac) === link.mac);
  }
  return links.find((link) => link.isCandidate && link.hasCarrier && !taken.includes(link.name));
}

/** What to take when no link has a carrier in time: the first free one, so that a cable put in later works. */
export function chooseUnplugged(links: readonly LinkFacts[], taken: readonly string[]): LinkFacts | undefined {
  return links.find((link) => link.isCandidate && !taken.includes(link.name));
}

/** By address alone: the kernel or an initramfs may have guessed another prefix, and twice the same address helps nobody. */
const hasAddress = (link: LinkFacts, address: string): boolean => link.addresses.some((there) => there.address === address);

const hasRoute = (routes: readonly RouteFacts[], device: string, gateway: string): boolean =>
  routes.some((route) => route.device === device && route.gateway === gateway);

function addAddress(cidr: Cidr, device: string): Step {
  // A network of one or two hosts has no broadcast address (RFC 3021).
  const broadcast = cidr.family === 4 && cidr.prefix <= 30 ? ['brd', '+'] : [];
  return { argv: ['ip', ...familyFlag(cidr.family), 'addr', 'add', formatCidr(cidr), ...broadcast, 'dev', device], why: formatCidr(cidr) };
}

function addRoute(wish: NetworkWish, gateway: string, device: string): Step {
  const family = familyOf(gateway) ?? 4;
  // A gateway outside every network of the link needs `onlink`, or the kernel refuses it (ip-route(8)).
  const isNear = wish.addresses.some((cidr) => inSameNetwork(cidr, gateway)) || gateway.startsWith('fe80:');
  const metric = wish.metric === 0 ? [] : ['metric', String(wish.metric)];
  const argv = [
    'ip',
    ...familyFlag(family),
    'route',
    'add',
    'default',
    'via',
    gateway,
    'dev',
    device,
    ...(isNear ? [] : ['onlink']),
    ...metric,
  ];
  return { argv, why: `default via ${gateway}` };
}

const familyFlag = (family: Family): readonly string[] => (family === 6 ? ['-6'] : []);
