/** Says that a link is up, or what keeps it from being so. */
import { emit } from '../../sys/events.ts';
import { formatCidr } from '../../sys/ip-address.ts';
import { watchDuplicates } from './duplicate-address.ts';
import type { FulfilContext } from './fulfil-context.ts';
import type { LinkFacts } from './network-facts.ts';
import { isReleased } from './network-record.ts';
import type { NetworkWish } from './network-wish.ts';

/** Says that the link is up once it has a carrier; without one in time says that, and goes on waiting. */
export async function announceLink(context: FulfilContext, device: string, wish: NetworkWish, failure: string | undefined): Promise<void> {
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

/** A bond, bridge or VLAN has a carrier only after its parts have one, and LACP has agreed. */
const isMade = ({ wished }: FulfilContext, device: string): boolean => wished.virtual.some(({ name }) => name === device);

/** A wish for what a router gives has no address of its own. */
const describeAddresses = ({ addresses }: NetworkWish): string => addresses.map(formatCidr).join(' ') || 'its link-local address';
