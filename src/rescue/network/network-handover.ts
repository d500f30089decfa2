/**
 * The hand-over of the links to the machine's own networking: what happens before that starts. INVARIANTS: what was decided
 * is written down before anything is done, so a rescue that dies in between resumes, and puts nothing back by itself; links
 * stay up, so an open session lives on when the same address returns; only our own addresses and routes are touched.
 */
import { emit } from '../../sys/events.ts';
import type { Sys } from '../../sys/sys.ts';
import { endClients } from './dhcp-clients.ts';
import { formatInventory, readInventory } from './link-inventory.ts';
import { type MakeContext, unmakeNow } from './make-links.ts';
import { applySteps, readRoutes } from './network-command.ts';
import type { LinkFacts } from './network-facts.ts';
import { planRelease, type Step } from './network-plan.ts';
import { isReleased, type LinkHandover, type NetworkRecord, withHandovers } from './network-record.ts';
import type { NetworkWish } from './network-wish.ts';
import { planPark, withoutParked, withoutParkedRoutes } from './park.ts';
import { type Decision, type HandoverSettings, planHandover } from './plan-handover.ts';

/** What the hand-over needs of the network. */
export interface HandoverContext extends MakeContext {
  readonly handover: HandoverSettings;
  changed(): void;
}

export interface ReleaseRequest {
  /** Absent: all links. */
  readonly interfaces?: readonly string[];
  /** The initscript or unit that is about to start. */
  readonly script?: string;
}

/** What a release did. */
export interface Released {
  readonly decisions: readonly Decision[];
  /** One sentence a link. */
  readonly links: readonly string[];
}

/** Before the machine's own networking starts: decides for each link what becomes of ours, and does it. A link handed over before is left alone. */
export async function releaseNetwork(context: HandoverContext, { interfaces, script }: ReleaseRequest = {}): Promise<Released> {
  return await context.exclusive(async () => {
    const { watch, sys, handover } = context;
    await watch.refresh();
    const held = context.record.held.map(({ device }) => device);
    const isMeant = (device: string) => (interfaces?.includes(device) ?? true) && !isDone(context.record, device);
    const devices = held.filter(isMeant);
    const decisions = planHandover(
      { devices, links: watch.links, made: context.record.made, ...(script === undefined ? {} : { script }) },
      handover,
    );
    const before = await readInventory(sys, devices);
    const handovers = decisions.flatMap((decision) => {
      const inventory = before.find(({ device }) => device === decision.device);
      return inventory === undefined ? [] : [{ ...decision, stage: 'decided' as const, before: inventory }];
    });
    await context.remember(withHandovers({ ...context.record, released: releasedWith(context, decisions, interfaces) }, handovers));
    const links = await handOverLinks(context);
    links.push(...(await unmake(context, interfaces)));
    const earlier = held.filter((device) => !devices.includes(device) && (interfaces?.includes(device) ?? true));
    return { decisions, links: [...links, ...earlier.map((device) => `${device} released: nothing of ours was there`)] };
  });
}

/** Does what an earlier run of rescue had decided, and died before it was done. */
export async function resumeHandover(context: HandoverContext): Promise<void> {
  if (!context.record.handovers.some(({ stage }) => stage === 'decided')) return;
  await context.exclusive(() => handOverLinks(context));
}

async function handOverLinks(context: HandoverContext): Promise<string[]> {
  const { watch } = context;
  const links: string[] = [];
  // Whoever waits for the release, as who keeps a DHCP client alive, hears of it first.
  await watch.refresh();
  for (const handover of context.record.handovers.filter(({ stage }) => stage === 'decided')) {
    links.push(await handOverLink(context, handover));
    await context.remember(withHandovers(context.record, [{ ...handover, stage: 'done' }]));
  }
  await watch.refresh();
  context.changed();
  return links;
}

/** Bonds, bridges and VLANs of ours go, but those that are kept: what is there afterwards is the machine's. */
async function unmake(context: HandoverContext, interfaces: readonly string[] | undefined): Promise<readonly string[]> {
  const { record, watch } = context;
  const kept = record.made.filter((name) => !isReleased(record, name) || !(interfaces?.includes(name) ?? true));
  const done = await unmakeNow(context, kept);
  const made = record.made.filter((name) => watch.links.some((link) => link.name === name));
  if (made.length < record.made.length) await context.remember({ ...context.record, made });
  return done;
}

async function handOverLink(context: HandoverContext, { device, policy, why, before }: LinkHandover): Promise<string> {
  const { sys, watch, record } = context;
  const wish = record.held.find((held) => held.device === device)?.wish;
  const link = watch.links.find((each) => each.name === device);
  const tell = async (detail: string, failures: readonly string[] = []) => {
    await emit(sys, { subject: 'network', name: device, what: pastOf[policy], detail, data: { policy, why, before, failures } });
    return `${device} ${pastOf[policy]}: ${detail}`;
  };
  if (policy === 'keep') return await tell(formatInventory(before));
  if (wish !== undefined && wish.kinds.length > 0) await endClients(sys, device);
  if (link === undefined || wish === undefined) return await tell('the link is gone');
  context.trouble(device, undefined);
  const steps = await planLeave(sys, policy, wish, link);
  const failures = await applySteps(sys, steps);
  const taken = steps.map((step) => step.why).join(', ') || 'nothing of ours was there';
  return await tell(failures.length > 0 ? `${taken}; but ${failures.join('; ')}` : taken, failures);
}

/** What is added stands before what is taken: an adopted address is never gone. */
async function planLeave(sys: Sys, policy: 'release' | 'adopt', wish: NetworkWish, link: LinkFacts): Promise<readonly Step[]> {
  const own = planRelease(wish, withoutParked(link, wish), withoutParkedRoutes(await readRoutes(sys)));
  return policy === 'adopt' ? [...planPark(wish, link), ...own] : own;
}

const pastOf = { release: 'released', adopt: 'parked', keep: 'kept' } as const;

const isDone = (record: NetworkRecord, device: string): boolean =>
  isReleased(record, device) && record.handovers.some((each) => each.device === device && each.stage !== 'decided');

/** With `keep` for all that is not named, a link that comes later is still ours. */
function releasedWith(
  { record, handover }: HandoverContext,
  decisions: readonly Decision[],
  interfaces: readonly string[] | undefined,
): NetworkRecord['released'] {
  const rest = handover.words.findLast(({ device }) => device === '*')?.policy ?? handover.fallback;
  if (record.released === 'all' || (interfaces === undefined && rest !== 'keep')) return 'all';
  const given = decisions.filter(({ policy }) => policy !== 'keep').map(({ device }) => device);
  return [...new Set([...record.released, ...given, ...(rest === 'keep' ? [] : (interfaces ?? []))])];
}
