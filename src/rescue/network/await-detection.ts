/** The end of duplicate address detection: until then the kernel does not answer at an IPv6 address (RFC 4862, 5.4). */
import { emit } from '../../sys/events.ts';
import type { AdvertisedContext } from './await-advertised.ts';
import { isReleased } from './network-record.ts';
import type { NetworkWish } from './network-wish.ts';

const POLL_MS = 500;

/** Waits until no IPv6 address of the wish is tentative. That it takes too long is said, and taken back. */
export async function awaitDetection(context: AdvertisedContext, device: string, { addresses }: NetworkWish): Promise<void> {
  const { sys, watch, signal, record, timeouts } = context;
  const own = addresses.filter(({ family }) => family === 6).map(({ address }) => address);
  const deadlineMs = sys.uptimeMs() + timeouts.ipv6dad_seconds * 1000;
  const key = `${device} IPv6`;
  let isSaid = false;
  while (own.length > 0 && !signal.aborted && !isReleased(record, device)) {
    await sys.sleep(POLL_MS, signal);
    await watch.refresh();
    const there = watch.links.find((each) => each.name === device)?.addresses ?? [];
    const tentative = there.filter((each) => each.tentative && own.includes(each.address)).map(({ address }) => address);
    if (tentative.length === 0) break;
    if (isSaid || sys.uptimeMs() < deadlineMs) continue;
    isSaid = true;
    const detail = `duplicate address detection of ${tentative.join(' and ')} has not ended within ${timeouts.ipv6dad_seconds} s`;
    context.trouble(key, detail);
    await emit(sys, { subject: 'network', name: device, what: 'failed', detail });
  }
  if (isSaid) context.trouble(key, undefined);
}
