/** Decides which `ip` commands bring a link from what it is to what was wished, and back. Pure: facts in, commands out. */
import { type Cidr, type Family, familyOf, formatCidr, inSameNetwork } from '../../sys/ip-address.ts';
import { type LinkFacts, linkNamed, type RouteFacts } from './network-facts.ts';
import type { AddressWish, NetworkWish } from './network-wish.ts';

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
  const shaped = planMac(wish, link);
  const missing = routesOf(wish).filter((route) => !routes.some((there) => isRoute(there, route, link.name)));
  return [
    ...shaped,
    ...(mtu === undefined || mtu === link.mtu ? [] : [linkStep(link.name, `MTU ${mtu}`, 'mtu', String(mtu))]),
    ...planLinkUp(shaped.length > 0 ? { ...link, isUp: false } : link),
    ...wish.addresses.filter((cidr) => !hasAddress(link, cidr.address)).map((cidr) => addAddress(cidr, link.name)),
    ...missing.map((route) => addRoute(wish, route, link.name)),
    ...(hostname === undefined ? [] : [{ argv: ['hostname', hostname], why: `host name ${hostname}` }]),
  ];
}

/** Takes exactly that wish off the link again, routes first; the link stays up. */
export function planRelease(wish: NetworkWish, link: LinkFacts, routes: readonly RouteFacts[]): readonly Step[] {
  const ours = routes.filter((there) => routesOf(wish).some((route) => isRoute(there, route, link.name)));
  const addresses = link.addresses.filter((there) => wish.addresses.some((cidr) => cidr.address === there.address));
  return [
    ...ours.toReversed().map((there) => ({
      argv: ['ip', ...familyFlag(there.family), 'route', 'del', ...routeWords(there), 'dev', link.name, 'metric', String(there.metric)],
      why: routeWords(there).join(' '),
    })),
    ...addresses.map((there) => ({
      argv: ['ip', ...familyFlag(there.family), 'addr', 'del', ...addressWords(there), 'dev', link.name],
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
    return links.find(
      (link) => (wish.device ?? link.name) === link.name && (wish.mac === undefined || linkNamed(wish.mac, [link]) === link),
    );
  }
  return links.find((link) => link.isCandidate && link.hasCarrier && !taken.includes(link.name));
}

/** What to take when no link has a carrier in time: the first free one, so that a cable put in later works. */
export function chooseUnplugged(links: readonly LinkFacts[], taken: readonly string[]): LinkFacts | undefined {
  return links.find((link) => link.isCandidate && !taken.includes(link.name));
}

/** By address alone: the kernel or an initramfs may have guessed another prefix, and twice the same address helps nobody. */
const hasAddress = (link: LinkFacts, address: string): boolean => link.addresses.some((there) => there.address === address);

interface Route {
  readonly family: Family;
  readonly to?: string;
  readonly gateway?: string;
  readonly metric: number;
}

/** All routes of a wish in an order in which the kernel takes them: networks on the link, then what a gateway is needed for. */
function routesOf(wish: NetworkWish): readonly Route[] {
  const further = wish.routes.map(({ to, gateway, metric = 0 }) => ({
    family: to.family,
    ...(to.prefix === 0 ? {} : { to: formatCidr(to) }),
    ...(gateway === undefined ? {} : { gateway }),
    metric: to.prefix === 0 && metric === 0 ? wish.metric : metric,
  }));
  const defaults = wish.gateways.map((gateway) => ({ family: familyOf(gateway) ?? 4, gateway, metric: wish.metric }));
  return [
    ...further.filter(({ gateway }) => gateway === undefined),
    ...defaults,
    ...further.filter(({ gateway }) => gateway !== undefined),
  ];
}

const isRoute = (there: RouteFacts, { family, to, gateway }: Route, device: string): boolean =>
  there.device === device && there.family === family && there.to === to && there.gateway === gateway;

/** A new MAC needs many a driver's link down (eth_mac_addr() of the kernel); one with an address is left up, and asked anyway. */
function planMac({ setMac }: NetworkWish, link: LinkFacts): readonly Step[] {
  if (setMac === undefined || setMac === link.mac) return [];
  const isFree = !link.addresses.some((address) => address.scope === 'global');
  return [
    ...(link.isUp && isFree ? [linkStep(link.name, `${link.name} down for its MAC`, 'down')] : []),
    linkStep(link.name, `MAC ${setMac}`, 'address', setMac),
  ];
}

function addAddress(cidr: AddressWish, device: string): Step {
  // A network of one or two hosts has no broadcast address (RFC 3021).
  const broadcast = cidr.family === 4 && cidr.prefix <= 30 && cidr.peer === undefined ? ['brd', '+'] : [];
  return {
    argv: ['ip', ...familyFlag(cidr.family), 'addr', 'add', ...addressWords(cidr), ...broadcast, 'dev', device],
    why: formatCidr(cidr),
  };
}

/** `10.0.0.1/24`, or `10.0.0.1 peer 10.0.0.2/32`. */
const addressWords = (cidr: AddressWish): readonly string[] =>
  cidr.peer === undefined ? [formatCidr(cidr)] : [cidr.address, 'peer', `${cidr.peer}/${cidr.prefix}`];

function addRoute(wish: NetworkWish, route: Route, device: string): Step {
  const { family, gateway, metric } = route;
  // A gateway outside every network of the link needs `onlink`, or the kernel refuses it (ip-route(8)).
  const networks = [...wish.addresses.map((cidr) => (cidr.peer === undefined ? cidr : { ...cidr, address: cidr.peer })), ...onLink(wish)];
  const isNear = gateway === undefined || gateway.startsWith('fe80:') || networks.some((cidr) => inSameNetwork(cidr, gateway));
  const argv = [
    'ip',
    ...familyFlag(family),
    'route',
    'add',
    ...routeWords(route),
    'dev',
    device,
    ...(isNear ? [] : ['onlink']),
    ...(metric === 0 ? [] : ['metric', String(metric)]),
  ];
  return { argv, why: routeWords(route).join(' ') };
}

const onLink = (wish: NetworkWish): readonly Cidr[] => wish.routes.filter(({ gateway }) => gateway === undefined).map(({ to }) => to);

const routeWords = ({ to = 'default', gateway }: Pick<Route, 'to' | 'gateway'>): readonly string[] =>
  gateway === undefined ? [to] : [to, 'via', gateway];

const linkStep = (name: string, why: string, ...words: readonly string[]): Step => ({
  argv: ['ip', 'link', 'set', 'dev', name, ...words],
  why,
});

const familyFlag = (family: Family): readonly string[] => (family === 6 ? ['-6'] : []);
