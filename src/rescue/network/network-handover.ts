/**
 * The hand-over of the links to the machine's own networking. INVARIANTS: what we put on is written down before it is taken
 * off, so a rescue that dies in between puts nothing back by itself; links stay up, so an open session lives on when the
 * same address returns; only our own addresses and routes are touched.
 */
import { emit } from '../../sys/events.ts';
import { type DhcpPlace, endClient } from './dhcp-client.ts';
import { type MakeContext, makeNow, unmakeNow } from './make-links.ts';
import { applySteps, readRoutes } from './network-command.ts';
import type { RouteFacts } from './network-facts.ts';
import { planRelease, planWish } from './network-plan.ts';
import type { HeldWish } from './network-record.ts';
import { describeLink, hasWorkingAddress } from './network-state.ts';

/** What the hand-over needs of the network. */
export interface HandoverContext extends MakeContext {
  readonly dhcp: DhcpPlace;
  /** `network_handover = "keep"`. */
  readonly keeps: boolean;
  changed(): void;
}

/** What a release did: one sentence a link. */
export interface Released {
  readonly policy: 'release' | 'keep';
  readonly links: readonly string[];
}

export interface Verified {
  /** `working`: the machine has an address; `restored`: it had none and ours are back; `none`: there was nothing to put back. */
  readonly outcome: 'working' | 'restored' | 'none';
  /** One sentence a link: what it has now. */
  readonly links: readonly string[];
}

const VERIFY_POLL_MS = 500;

/**
 * Takes our addresses and default routes off these links (absent: all), and ends our DHCP clients, because a networking
 * script fails on an address that is there already ("RTNETLINK answers: File exists"). Links stay up.
 */
export async function releaseNetwork(context: HandoverContext, interfaces?: readonly string[]): Promise<Released> {
  if (context.keeps) return { policy: 'keep', links: context.record.held.map(({ device }) => `${device} kept`) };
  return await context.exclusive(async () => {
    const { record, watch, sys } = context;
    const before = record.released === 'all' ? [] : record.released;
    await context.remember({
      ...record,
      released: interfaces === undefined || record.released === 'all' ? 'all' : [...before, ...interfaces],
    });
    await watch.refresh();
    const routes = await readRoutes(sys);
    const links: string[] = [];
    for (const held of record.held) {
      if (interfaces === undefined || interfaces.includes(held.device)) links.push(await releaseLink(context, held, routes));
    }
    await watch.refresh();
    const others = interfaces === undefined ? [] : record.made.filter((name) => !interfaces.includes(name));
    links.push(...(await unmakeNow(context, others)));
    context.changed();
    return { policy: 'release', links };
  });
}

/**
 * Waits up to `waitMs` for the machine to have an address that others can reach, on any link but lo. If it has none, ours
 * are put back. Either way says what is there now.
 */
export async function verifyNetwork(context: HandoverContext, waitMs: number): Promise<Verified> {
  const { sys, watch, record } = context;
  const deadlineMs = sys.uptimeMs() + waitMs;
  await watch.refresh();
  const mayStillCome = () => watch.links.some((link) => link.isCandidate) && sys.uptimeMs() < deadlineMs;
  while (!hasWorkingAddress(watch.links) && mayStillCome()) {
    await sys.sleep(VERIFY_POLL_MS);
    await watch.refresh();
  }
  if (hasWorkingAddress(watch.links)) return await reportWorking(context);
  if (record.held.length > 0) return await context.exclusive(() => restore(context));
  await context.exclusive(() => context.remember({ ...record, released: [] }));
  await watch.refresh();
  const detail = 'no working address, and none of ours to put back';
  await emit(sys, { subject: 'network', name: 'none', what: 'failed', detail });
  return { outcome: 'none', links: [detail] };
}

async function releaseLink(context: HandoverContext, { device, wish }: HeldWish, routes: readonly RouteFacts[]): Promise<string> {
  const { sys, watch, dhcp } = context;
  if (wish.kinds.includes('dhcp4')) await endClient(sys, device, dhcp);
  const link = watch.links.find((each) => each.name === device);
  if (link === undefined) return `${device} is gone`;
  const before = describeLink(link, routes);
  const steps = planRelease(wish, link, routes);
  const failures = await applySteps(sys, steps);
  const taken = steps.map((step) => step.why).join(', ') || 'nothing of ours was there';
  const detail = failures.length > 0 ? `${taken}; but ${failures.join('; ')}` : taken;
  context.trouble(device, undefined);
  await emit(sys, { subject: 'network', name: device, what: 'released', detail, data: { before, failures } });
  return `${device} released: ${detail}`;
}

async function reportWorking(context: HandoverContext): Promise<Verified> {
  const { sys, watch } = context;
  const routes = await readRoutes(sys);
  const working = watch.links.filter((link) => hasWorkingAddress([link]));
  for (const link of working) {
    await emit(sys, { subject: 'network', name: link.name, what: 'up', detail: `${describeLink(link, routes)} by the machine itself` });
  }
  context.changed();
  return { outcome: 'working', links: working.map((link) => `${link.name} ${describeLink(link, routes)}`) };
}

async function restore(context: HandoverContext): Promise<Verified> {
  const { sys, watch, record } = context;
  await context.remember({ ...record, released: [] });
  await watch.refresh();
  await makeNow(context);
  const routes = await readRoutes(sys);
  const links: string[] = [];
  for (const { device, wish } of record.held) {
    const link = watch.links.find((each) => each.name === device);
    const failures = link === undefined ? ['the link is gone'] : await applySteps(sys, planWish(wish, link, routes));
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
