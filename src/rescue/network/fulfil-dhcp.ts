/** A wish that is fulfilled by DHCP: the client's leases go onto the link, one after the other. */
import { emit } from '../../sys/events.ts';
import { familyOf, formatCidr } from '../../sys/ip-address.ts';
import { announceLink } from './announce-link.ts';
import { type DhcpClient, followLease, type Lease } from './dhcp-client.ts';
import type { FulfilContext } from './fulfil-context.ts';
import { isReleased } from './network-record.ts';
import type { NetworkWish } from './network-wish.ts';

interface Asked {
  readonly device: string;
  readonly wish: NetworkWish;
  readonly client: DhcpClient;
  /** Whose line of the state tells what is wrong. */
  readonly key: string;
}

/** Keeps a DHCP client on the link, except while the link is released to the machine. Returns when aborted. */
export async function fulfilByDhcp(context: FulfilContext, device: string, wish: NetworkWish, client: DhcpClient): Promise<void> {
  const { sys, watch, signal } = context;
  const asked: Asked = { device, wish, client, key: client.family === 4 ? device : `${device} IPv6` };
  const released = () => isReleased(context.record, device) || undefined;
  while (!signal.aborted) {
    await watch.until(() => (released() ? undefined : true));
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    const stop = watch.until(released).then(() => ended.abort());
    const answered = new AbortController();
    const overdue = reportNoLease(context, asked, AbortSignal.any([either, answered.signal]));
    await followLease(sys, { device, client, signal: either }, async (lease) => {
      answered.abort();
      await takeLease(context, asked, lease);
    });
    await Promise.all([stop, overdue]);
  }
}

async function reportNoLease(context: FulfilContext, { device, client, key }: Asked, signal: AbortSignal): Promise<void> {
  const seconds = context.timeouts.dhcp_seconds * context.timeouts.dhcp_retry;
  await context.sys.sleep(seconds * 1000, signal);
  if (signal.aborted) return;
  const detail = `no ${client.protocol} answer within ${seconds} s; still asking`;
  context.trouble(key, detail);
  await emit(context.sys, { subject: 'network', name: device, what: 'failed', detail });
}

/** Puts a new lease on the link in place of the one before. */
async function takeLease(context: FulfilContext, asked: Asked, lease: Lease | undefined): Promise<void> {
  const { device, wish, client, key } = asked;
  // The client was ended by the hand-over: its lease is not lost, but given up.
  if (isReleased(context.record, device)) return;
  const before = context.record.held.find((held) => held.device === device)?.wish ?? wish;
  const was = ofFamily(before, client);
  const next = withLease(before, asked, lease);
  const isOther = was.addresses.length > 0 && !isSameLease(was, ofFamily(next, client));
  if (isOther) await context.remove(device, was);
  if (lease === undefined) return context.trouble(key, `the ${client.protocol} lease is lost; asking again`);
  const failure = await context.apply(device, next);
  await context.setNameservers(key, lease.nameservers);
  if (client.family === 6) return await say(context, asked, lease, failure);
  // Not awaited: a cable pulled meanwhile must not keep the next lease waiting.
  announceLink(context, device, next, failure).catch((error: unknown) => context.trouble(device, String(error)));
}

async function say(context: FulfilContext, { device, key }: Asked, lease: Lease, failure: string | undefined): Promise<void> {
  context.trouble(key, failure);
  const [what, detail] =
    failure === undefined ? (['up', `${formatCidr(lease.address)} by DHCPv6`] as const) : (['failed', failure] as const);
  await emit(context.sys, { subject: 'network', name: device, what, detail });
}

/** What was wished by hand stays, and what the other family has; the lease comes after it. */
function withLease(before: NetworkWish, { wish, client }: Asked, lease: Lease | undefined): NetworkWish {
  const other = (address: string) => familyOf(address) !== client.family;
  const own = ofFamily(wish, client);
  return {
    ...before,
    addresses: [
      ...before.addresses.filter(({ address }) => other(address)),
      ...own.addresses,
      ...(lease === undefined ? [] : [lease.address]),
    ],
    gateways: [...before.gateways.filter(other), ...own.gateways, ...(lease?.gateways ?? [])],
  };
}

const ofFamily = (wish: NetworkWish, { family }: DhcpClient): NetworkWish => ({
  ...wish,
  addresses: wish.addresses.filter((cidr) => cidr.family === family),
  gateways: wish.gateways.filter((gateway) => familyOf(gateway) === family),
  routes: wish.routes.filter(({ to }) => to.family === family),
});

const isSameLease = (one: NetworkWish, other: NetworkWish): boolean =>
  JSON.stringify([one.addresses, one.gateways]) === JSON.stringify([other.addresses, other.gateways]);
