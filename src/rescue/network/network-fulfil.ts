/** The life of one wish: find its link, put the addresses on, say so, and look whether somebody else has them. */
import { emit } from '../../sys/events.ts';
import { announceLink } from './announce-link.ts';
import { awaitAdvertised } from './await-advertised.ts';
import { awaitDetection } from './await-detection.ts';
import { chooseAnyFor, chooseFor, heldFor, isNameless, isSilenced, type LadderFacts } from './choose-link.ts';
import { dhcpcd } from './dhcpcd.ts';
import type { FulfilContext } from './fulfil-context.ts';
import { fulfilByDhcp } from './fulfil-dhcp.ts';
import type { LinkFacts } from './network-facts.ts';
import { describeWish, type NetworkWish } from './network-wish.ts';
import { udhcpc } from './udhcpc.ts';

/** Follows the wish until the network is disposed. Every outcome is an event and a line of the state; nothing is thrown but SysError. */
export async function fulfil(context: FulfilContext, wish: NetworkWish): Promise<void> {
  if (wish.rung !== 'kernel') await untilKernelChose(context);
  const link = await findLink(context, wish);
  if (link === undefined || isSilenced(wish, link, factsOf(context))) return;
  const failure = await context.apply(link.name, wish);
  const device = link.name;
  const askServer = () => fulfilByDhcp(context, device, wish, dhcpcd);
  const byRouter = Promise.all([
    awaitAdvertised(context, device, wish, askServer),
    awaitDetection(context, device, wish),
    ...(wish.kinds.includes('dhcp6') ? [askServer()] : []),
  ]);
  if (wish.kinds.includes('dhcp4')) await fulfilByDhcp(context, device, wish, udhcpc);
  else await announceLink(context, device, wish, failure);
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

const factsOf = ({ watch, wished, record }: FulfilContext): LadderFacts => ({ links: watch.links, wished, record });
