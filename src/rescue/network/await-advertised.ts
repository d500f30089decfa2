/** Addresses that IPv6 routers give (`auto6`, `either6`): the kernel takes them by itself, here it is said when they come, or do not. */
import { emit } from '../../sys/events.ts';
import { formatCidr } from '../../sys/ip-address.ts';
import type { NetworkTimeouts } from '../../sys/network-timeouts.ts';
import type { Sys } from '../../sys/sys.ts';
import { isUsable } from './network-facts.ts';
import { isReleased, type NetworkRecord } from './network-record.ts';
import type { NetworkWatch } from './network-watch.ts';
import type { NetworkWish } from './network-wish.ts';

/** What waiting for an address needs of the network. */
export interface AdvertisedContext {
  readonly sys: Sys;
  readonly watch: NetworkWatch;
  readonly signal: AbortSignal;
  readonly record: NetworkRecord;
  readonly timeouts: NetworkTimeouts;
  trouble(name: string, text: string | undefined): void;
}

/** No change of a link tells of a new address. */
const EARLY_POLL_MS = 500;
const LATE_POLL_MS = 5_000;

/**
 * Waits for an address of a router until its deadline is over, which is said, and then goes on; with `either6`, a server is asked from
 * then on. Returns at once where none is asked for.
 */
export async function awaitAdvertised(
  context: AdvertisedContext,
  device: string,
  { kinds }: NetworkWish,
  askServer: () => Promise<void>,
): Promise<void> {
  if (!kinds.some((kind) => kind === 'auto6' || kind === 'either6')) return;
  const { sys, timeouts } = context;
  const key = `${device} IPv6`;
  const say = async (what: 'up' | 'failed', detail: string) => await emit(sys, { subject: 'network', name: device, what, detail });
  const inTime = await pollAddress(context, device, EARLY_POLL_MS, timeouts.ipv6auto_seconds * 1000);
  if (inTime !== undefined) return await say('up', `${inTime} from a router`);
  if (isOver(context, device)) return;
  const next = kinds.includes('either6') ? 'asking by DHCPv6' : 'still listening';
  const detail = `no router advertisement gave an address within ${timeouts.ipv6auto_seconds} s; ${next}`;
  context.trouble(key, detail);
  await say('failed', detail);
  if (kinds.includes('either6')) return await askServer();
  const late = await pollAddress(context, device, LATE_POLL_MS, Number.POSITIVE_INFINITY);
  context.trouble(key, undefined);
  if (late !== undefined) await say('up', `${late} from a router`);
}

async function pollAddress(context: AdvertisedContext, device: string, pollMs: number, timeoutMs: number): Promise<string | undefined> {
  const { sys, watch, signal } = context;
  const deadlineMs = sys.uptimeMs() + timeoutMs;
  while (!isOver(context, device)) {
    await watch.refresh();
    const link = watch.links.find((each) => each.name === device);
    const address = link?.addresses.find((each) => each.family === 6 && each.dynamic && isUsable(each));
    if (address !== undefined) return formatCidr(address);
    if (sys.uptimeMs() >= deadlineMs) return undefined;
    await sys.sleep(pollMs, signal);
  }
  return undefined;
}

const isOver = ({ signal, record }: AdvertisedContext, device: string): boolean => signal.aborted || isReleased(record, device);
