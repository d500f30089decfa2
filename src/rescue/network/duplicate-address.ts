/**
 * An address that another machine has (RFC 5227). A rescue door must not break another machine, so an IPv4 address for which
 * somebody answers is given up, named in the state, and taken when it has become free. IPv6 is the kernel's: it does not use an
 * address that its own detection found elsewhere (RFC 4862, 5.4).
 */
import { emit } from '../../sys/events.ts';
import type { Sys } from '../../sys/sys.ts';
import { isReleased, type NetworkRecord } from './network-record.ts';
import type { NetworkWatch } from './network-watch.ts';
import type { NetworkWish } from './network-wish.ts';

const PROBE_AFTER_MS = 3_000;
const ASK_AGAIN_MS = 30_000;

interface DuplicateContext {
  readonly sys: Sys;
  readonly watch: NetworkWatch;
  readonly signal: AbortSignal;
  readonly record: NetworkRecord;
  apply(device: string, wish: NetworkWish): Promise<string | undefined>;
  remove(device: string, wish: NetworkWish): Promise<void>;
  trouble(name: string, text: string | undefined): void;
}

/** Looks once after the addresses were put on; follows what was given up until it is free, or the link is no longer ours. */
export async function watchDuplicates(context: DuplicateContext, device: string, wish: NetworkWish): Promise<void> {
  const { sys, signal } = context;
  const isOver = () => signal.aborted || isReleased(context.record, device);
  await sys.sleep(PROBE_AFTER_MS, signal);
  if (isOver()) return;
  const [answered, found] = [await askFor(context, device, wish), await foundByKernel(context, device)];
  const doubles = [...answered, ...found];
  if (doubles.length === 0 || isOver()) return;
  const given = answered.length > 0 ? `; ${answered.join(' and ')} is given up until it is free` : '';
  const detail = `duplicate address: another machine has ${doubles.join(' and ')}${given}`;
  context.trouble(device, detail);
  await emit(sys, { subject: 'network', name: device, what: 'failed', detail });
  if (answered.length === 0) return;
  await giveUp(context, device, wish, answered);
  while (!isOver()) {
    await sys.sleep(ASK_AGAIN_MS, signal);
    if (isOver() || (await askFor(context, device, wish)).length > 0) continue;
    await context.apply(device, wish);
    context.trouble(device, undefined);
    await emit(sys, { subject: 'network', name: device, what: 'up', detail: `${answered.join(' and ')} is free again, and taken` });
    return;
  }
}

/** IPv4 addresses of the wish that somebody answers for. */
async function askFor({ sys, signal }: DuplicateContext, device: string, wish: NetworkWish): Promise<readonly string[]> {
  const doubles: string[] = [];
  for (const { address } of wish.addresses.filter((cidr) => cidr.family === 4)) {
    // busybox arping -D exits 1 when it was answered, 2 when it could not ask.
    const argv = ['arping', '-D', '-q', '-c', '2', '-w', '2', '-I', device, address];
    const asked = await sys.run(argv, { timeoutMs: 10_000, signal }).catch(() => undefined);
    if (asked?.code === 1) doubles.push(address);
  }
  return doubles;
}

async function foundByKernel({ watch }: DuplicateContext, device: string): Promise<readonly string[]> {
  await watch.refresh();
  const there = watch.links.find((link) => link.name === device)?.addresses ?? [];
  return there.filter((address) => address.duplicate).map((address) => address.address);
}

/** What is left of the wish stays, and is what a hand-over that fails would put back. */
async function giveUp(context: DuplicateContext, device: string, wish: NetworkWish, doubles: readonly string[]): Promise<void> {
  const isDouble = ({ address }: { readonly address: string }) => doubles.includes(address);
  const rest = wish.addresses.filter((cidr) => !isDouble(cidr));
  await context.remove(device, {
    ...wish,
    addresses: wish.addresses.filter(isDouble),
    ...(rest.length > 0 ? { gateways: [], routes: [] } : {}),
  });
  await context.apply(device, { ...wish, addresses: rest, ...(rest.length > 0 ? {} : { gateways: [], routes: [] }) });
}
