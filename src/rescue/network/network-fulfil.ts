/** The life of one wish: find its link, put the addresses on, say so, and look whether somebody else has them. */
import { emit } from '../../sys/events.ts';
import { formatCidr } from '../../sys/ip-address.ts';
import type { NetworkTimeouts } from '../../sys/network-timeouts.ts';
import type { Sys } from '../../sys/sys.ts';
import { awaitAdvertised } from './await-advertised.ts';
import { awaitDetection } from './await-detection.ts';
import { chooseAnyFor, chooseFor, heldFor, isNameless, isSilenced, type LadderFacts } from './choose-link.ts';
import { type DhcpPlace, followLease, type Lease } from './dhcp-client.ts';
import { watchDuplicates } from './duplicate-address.ts';
import type { LinkFacts } from './network-facts.ts';
import { isReleased, type NetworkRecord } from './network-record.ts';
import type { NetworkWatch } from './network-watch.ts';
import { describeWish, type NetworkWish, type NetworkWishes } from './network-wish.ts';

/** What a wish needs of the network it is part of. */
export interface FulfilContext {
  readonly sys: Sys;
  readonly dhcp: DhcpPlace;
  readonly watch: NetworkWatch;
  readonly signal: AbortSignal;
  readonly record: NetworkRecord;
  readonly wished: NetworkWishes;
  /** How long to wait for what before it is said. */
  readonly timeouts: NetworkTimeouts;
  apply(device: string, wish: NetworkWish): Promise<string | undefined>;
  remove(device: string, wish: NetworkWish): Promise<void>;
  trouble(name: string, text: string | undefined): void;
  setNameservers(source: string, servers: readonly string[]): Promise<void>;
}

/** Follows the wish until the network is disposed. Every outcome is an event and a line of the state; nothing is thrown but SysError. */
export async function fulfil(context: FulfilContext, wish: NetworkWish): Promise<void> {
  if (wish.rung !== 'kernel') await untilKernelChose(context);
  const link = await findLink(context, wish);
  if (link === undefined || isSilenced(wish, link, factsOf(context))) return;
  const failure = await context.apply(link.name, wish);
  const byRouter = Promise.all([awaitAdvertised(context, link.name, wish), awaitDetection(context, link.name, wish)]);
  if (wish.kinds.includes('dhcp4')) await fulfilByDhcp(context, link.name, wish);
  else await announce(context, link.name, wish, failure);
  await byRouter;
}

/** A nameless `ip=` chooses its link first; one that finds none in time lets the others go on. */
async function untilKernelChose(context: FulfilContext): Promise<void> {
  const nameless = context.wished.wishes.filter((wish) => wish.rung === 'kernel' && isNameless(wish));
  const haveChosen = () => nameless.every((wish) => heldFor(context.record, wish) !== undefined) || undefined;
  if (nameless.length > 0) await context.watch.until(haveChosen, context.timeouts.carrier_seconds * 1000);
}

/** Waits for the link, first to a deadline that is reported, then for ever. Undefined when the network is disposed. */
async function findLink(context: FulfilContext, wish: NetworkWish): Promise<LinkFacts | undefined> {
  const { sys, watch, signal } = context;
  const choose = (links: readonly LinkFacts[]) => chooseFor(wish, { ...factsOf(context), links });
  const waitMs = (isNameless(wish) ? context.timeouts.carrier_seconds : context.timeouts.iflink_seconds) * 1000;
  const found = (await watch.until(choose, waitMs)) ?? (isNameless(wish) ? chooseAnyFor(factsOf(context)) : undefined);
  if (found !== undefined || signal.aborted) return found;
  const name = wish.device ?? wish.mac ?? wish.source;
  if (context.record.released !== 'all') {
    const detail = `no such link after ${waitMs / 1000} s, wished by ${wish.source}: ${describeWish(wish)}`;
    context.trouble(name, detail);
    await emit(sys, { subject: 'network', name, what: 'failed', detail });
  }
  const late = await watch.until(choose);
  context.trouble(name, undefined);
  return late;
}

/** A bond, bridge or VLAN has a carrier only after its parts have one, and LACP has agreed. */
const isMade = ({ wished }: FulfilContext, device: string): boolean => wished.virtual.some(({ name }) => name === device);

/** A wish for what a router gives has no address of its own. */
const describeAddresses = ({ addresses }: NetworkWish): string => addresses.map(formatCidr).join(' ') || 'its link-local address';

const factsOf = ({ watch, wished, record }: FulfilContext): LadderFacts => ({ links: watch.links, wished, record });

/** Says that the link is up once it has a carrier; without one in time says that, and goes on waiting. */
async function announce(context: FulfilContext, device: string, wish: NetworkWish, failure: string | undefined): Promise<void> {
  const { sys, watch, signal } = context;
  const fail = async (detail: string) => {
    context.trouble(device, detail);
    await emit(sys, { subject: 'network', name: device, what: 'failed', detail });
  };
  const isOver = () => signal.aborted || isReleased(context.record, device);
  if (isOver()) return;
  if (failure !== undefined) return await fail(failure);
  const seconds = isMade(context, device) ? context.timeouts.ifup_seconds : context.timeouts.carrier_seconds;
  const plugged = (links: readonly LinkFacts[]) => links.find((link) => link.name === device && link.hasCarrier);
  if ((await watch.until(plugged, seconds * 1000)) === undefined) {
    if (signal.aborted) return;
    await fail(`no carrier after ${seconds} s; ${describeAddresses(wish)} is set and works once the cable is in`);
    if ((await watch.until(plugged)) === undefined) return;
  }
  if (isOver()) return;
  context.trouble(device, undefined);
  const detail = `${describeAddresses(wish)} from ${wish.source}`;
  await emit(sys, { subject: 'network', name: device, what: 'up', detail });
  // The client of a lease has asked for itself, and would decline it (RFC 2131, 3.1).
  if (!wish.kinds.includes('dhcp4')) await watchDuplicates(context, device, wish);
}

/** Keeps a DHCP client on the link, except while the link is released to the machine. */
async function fulfilByDhcp(context: FulfilContext, device: string, wish: NetworkWish): Promise<void> {
  const { sys, watch, signal, dhcp } = context;
  const released = () => isReleased(context.record, device) || undefined;
  while (!signal.aborted) {
    await watch.until(() => (released() ? undefined : true));
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    const stop = watch.until(released).then(() => ended.abort());
    const answered = new AbortController();
    const overdue = reportNoLease(context, device, AbortSignal.any([either, answered.signal]));
    await followLease(sys, { device, place: dhcp, signal: either }, async (lease) => {
      answered.abort();
      await takeLease(context, device, wish, lease);
    });
    await Promise.all([stop, overdue]);
  }
}

async function reportNoLease(context: FulfilContext, device: string, signal: AbortSignal): Promise<void> {
  const seconds = context.timeouts.dhcp_seconds * context.timeouts.dhcp_retry;
  await context.sys.sleep(seconds * 1000, signal);
  if (signal.aborted) return;
  const detail = `no DHCP answer within ${seconds} s; still asking`;
  context.trouble(device, detail);
  await emit(context.sys, { subject: 'network', name: device, what: 'failed', detail });
}

/** Puts a new lease on the link in place of the one before. */
async function takeLease(context: FulfilContext, device: string, wish: NetworkWish, lease: Lease | undefined): Promise<void> {
  // The client was ended by the hand-over: its lease is not lost, but given up.
  if (isReleased(context.record, device)) return;
  const before = context.record.held.find((held) => held.device === device)?.wish;
  const next = lease === undefined ? wish : withLease(wish, lease);
  const isOther = before !== undefined && before.addresses.length > 0 && !isSameLease(before, next);
  if (isOther) await context.remove(device, before);
  if (lease === undefined) return context.trouble(device, 'the DHCP lease is lost; asking again');
  const failure = await context.apply(device, next);
  await context.setNameservers(device, lease.nameservers);
  // Not awaited: a cable pulled meanwhile must not keep the next lease waiting.
  announce(context, device, next, failure).catch((error: unknown) => context.trouble(device, String(error)));
}

/** What was wished by hand stays; the lease comes after it. */
const withLease = (wish: NetworkWish, lease: Lease): NetworkWish => ({
  ...wish,
  addresses: [...wish.addresses, lease.address],
  gateways: [...wish.gateways, ...lease.gateways],
});

const isSameLease = (one: NetworkWish, other: NetworkWish): boolean =>
  JSON.stringify([one.addresses, one.gateways]) === JSON.stringify([other.addresses, other.gateways]);
