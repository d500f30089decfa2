/**
 * After the machine's own networking: what it made of the links is looked at and written down, what we parked goes, and where
 * no address works at all, ours come back.
 */
import { emit } from '../../sys/events.ts';
import { forgetAdvertised } from './advertised-routes.ts';
import { endClients } from './dhcp-clients.ts';
import { formatInventory, type Inventory, readInventory } from './link-inventory.ts';
import { makeNow } from './make-links.ts';
import { applySteps, readRoutes } from './network-command.ts';
import type { LinkFacts } from './network-facts.ts';
import type { HandoverContext } from './network-handover.ts';
import { planWish } from './network-plan.ts';
import { type HeldWish, isReleased, type LinkHandover, withHandovers } from './network-record.ts';
import { describeLink, hasWorkingAddress } from './network-state.ts';
import { planUnpark, withoutParked, withoutParkedRoutes } from './park.ts';

export interface Verified {
  /** `working`: the machine has an address; `restored`: it had none and ours are back; `none`: there was nothing to put back. */
  readonly outcome: 'working' | 'restored' | 'none';
  /** One sentence a link: what it has now. */
  readonly links: readonly string[];
}

const VERIFY_POLL_MS = 500;
/** A machine that gets its address by DHCP may take its time: while ours are parked nobody is locked out meanwhile. */
const WAIT_MS = { released: 5_000, parked: 30_000 } as const;

/**
 * Waits up to `waitMs` for the machine to have an address that others can reach, on any link but lo. If it has none, ours
 * are put back. Either way says what is there now.
 */
export async function verifyNetwork(context: HandoverContext, waitMs = defaultWaitMs(context)): Promise<Verified> {
  const { sys, watch } = context;
  const deadlineMs = sys.uptimeMs() + waitMs;
  await watch.refresh();
  const mayStillCome = () => watch.links.some((link) => link.isCandidate) && sys.uptimeMs() < deadlineMs;
  while (!isComplete(context) && mayStillCome()) {
    await sys.sleep(VERIFY_POLL_MS);
    await watch.refresh();
  }
  if (hasWorkingAddress(ownLinks(context))) return await context.exclusive(() => settle(context));
  if (context.record.held.length > 0) return await context.exclusive(() => restore(context));
  await context.exclusive(() => context.remember({ ...context.record, released: [], handovers: [] }));
  await watch.refresh();
  const detail = 'no working address, and none of ours to put back';
  await emit(sys, { subject: 'network', name: 'none', what: 'failed', detail });
  return { outcome: 'none', links: [detail] };
}

function defaultWaitMs({ record }: HandoverContext): number {
  return record.handovers.some(isParked) ? WAIT_MS.parked : WAIT_MS.released;
}

/** An address works, and each link that we still answer on has one of its own. */
function isComplete(context: HandoverContext): boolean {
  const links = ownLinks(context);
  const parked = context.record.handovers.filter(isParked).map(({ device }) => device);
  return hasWorkingAddress(links) && links.every((link) => !parked.includes(link.name) || hasWorkingAddress([link]));
}

/** The links as the machine's own networking left them. */
function ownLinks({ record, watch }: HandoverContext): readonly LinkFacts[] {
  return watch.links.map((link) => {
    const isOurs = record.handovers.some((each) => each.device === link.name && isParked(each));
    const wish = record.held.find((held) => held.device === link.name)?.wish;
    return isOurs && wish !== undefined ? withoutParked(link, wish) : link;
  });
}

/** The machine has an address: ours go, ours that are kept are put right, and each link's story is told. */
async function settle(context: HandoverContext): Promise<Verified> {
  const { sys, watch, record } = context;
  for (const handover of record.handovers) await settleLink(context, handover);
  await watch.refresh();
  await forgetAdvertised(sys, watch.links);
  const open = record.handovers.filter(({ stage }) => stage === 'done');
  const after = await readInventory(
    sys,
    open.map(({ device }) => device),
  );
  const verified = open.map((handover, place) => withAfter(handover, after[place]));
  await context.remember(withHandovers(context.record, verified));
  for (const handover of verified) await tell(context, handover);
  const routes = await readRoutes(sys);
  const working = watch.links.filter((link) => hasWorkingAddress([link]));
  for (const link of working) {
    const whose =
      isReleased(context.record, link.name) || !record.held.some((held) => held.device === link.name) ? 'the machine itself' : 'us';
    await emit(sys, { subject: 'network', name: link.name, what: 'up', detail: `${describeLink(link, routes)} by ${whose}` });
  }
  context.changed();
  return { outcome: 'working', links: working.map((link) => `${link.name} ${describeLink(link, routes)}`) };
}

async function settleLink(context: HandoverContext, { device, policy, stage }: LinkHandover): Promise<void> {
  const { sys, watch, record } = context;
  const wish = record.held.find((held) => held.device === device)?.wish;
  const link = watch.links.find((each) => each.name === device);
  if (stage !== 'done' || wish === undefined) return;
  // One that was being started when the others were ended.
  if (policy !== 'keep' && wish.kinds.length > 0) await endClients(sys, device);
  if (link === undefined) return;
  // Routes go with the link or with the address, so most of these have nothing to do: what is gone fails, and that is no harm.
  if (policy === 'adopt') await applySteps(sys, planUnpark(wish, link));
  if (policy !== 'keep') return;
  const failures = await applySteps(sys, planWish(wish, link, await readRoutes(sys)));
  context.trouble(device, failures.length > 0 ? `kept, but ${failures.join('; ')}` : undefined);
}

async function tell({ sys, record }: HandoverContext, handover: LinkHandover): Promise<void> {
  const { device, policy, before, after } = handover;
  const ours = record.held.find((held) => held.device === device)?.wish.addresses.map((cidr) => `${cidr.address}/${cidr.prefix}`) ?? [];
  const gone = ours.filter((address) => !(after?.addresses.includes(address) ?? false));
  const detail = `${policy}: ${formatInventory(before)} before; ${after === undefined ? 'the link is gone' : formatInventory(after)} after`;
  await emit(sys, { subject: 'network', name: device, what: 'handed-over', detail, data: { policy, before, after, gone } });
}

const withAfter = (handover: LinkHandover, after: Inventory | undefined): LinkHandover =>
  after === undefined ? { ...handover, stage: 'verified' } : { ...handover, stage: 'verified', after };

const isParked = ({ policy, stage }: LinkHandover): boolean => policy === 'adopt' && stage !== 'verified';

async function restore(context: HandoverContext): Promise<Verified> {
  const { sys, watch, record } = context;
  const parked = record.handovers.filter(isParked).map(({ device }) => device);
  await context.remember({ ...record, released: [], handovers: [] });
  await watch.refresh();
  await makeNow(context);
  const links: string[] = [];
  for (const { device, wish } of record.held) {
    const failures = await putBack(context, { device, wish }, parked.includes(device));
    const what = failures.length > 0 ? 'failed' : 'restored';
    const detail =
      failures.length > 0
        ? failures.join('; ')
        : `the machine had no working address: ${wish.addresses.map((cidr) => cidr.address).join(' ') || 'DHCP'} is back`;
    await emit(sys, { subject: 'network', name: device, what, detail });
    links.push(`${device} ${what}: ${detail}`);
  }
  await watch.refresh();
  context.changed();
  return { outcome: 'restored', links };
}

/** The whole wish first, then what was parked goes: the address is never gone. */
async function putBack({ sys, watch }: HandoverContext, { device, wish }: HeldWish, isParkedThere: boolean): Promise<readonly string[]> {
  const link = watch.links.find((each) => each.name === device);
  if (link === undefined) return ['the link is gone'];
  const routes = withoutParkedRoutes(await readRoutes(sys));
  const failures = await applySteps(sys, planWish(wish, withoutParked(link, wish), routes));
  if (isParkedThere) await applySteps(sys, planUnpark(wish, link));
  return failures;
}
