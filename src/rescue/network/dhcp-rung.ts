/** The rung after all that was told: where no address came of it, DHCP on every link with a carrier that nobody has spoken for. */
import { type CommandLine, optionValues } from '../../sys/cmdline.ts';
import { emit } from '../../sys/events.ts';
import { isSilenced } from './choose-link.ts';
import type { FulfilContext } from './fulfil-context.ts';
import type { LinkFacts } from './network-facts.ts';
import { fulfil } from './network-fulfil.ts';
import { isReleased } from './network-record.ts';
import { hasWorkingAddress } from './network-state.ts';
import type { NetworkWish } from './network-wish.ts';

/** After the metrics of all that was wished. */
const FIRST_METRIC = 10_000;

/** `[rescue] dhcp`, unless the kernel was told `ip=off` of all links: nobody shall ask then. */
export function wantsDhcp(cmdline: CommandLine, setting: boolean): boolean {
  return setting && !optionValues(cmdline, 'ip').some((value) => value === 'off' || value === 'none');
}

/**
 * Asks at once where nothing was wished, else when the rungs before have had their time and no address works. A link that gets its
 * carrier later is asked on then. Returns when aborted.
 */
export async function climbToDhcp(context: FulfilContext): Promise<void> {
  const { watch, wished, timeouts, signal, sys } = context;
  if (wished.wishes.length > 0) {
    const working = await watch.until(
      (links) => links.some((link) => link.hasCarrier && hasWorkingAddress([link])) || undefined,
      (timeouts.carrier_seconds + timeouts.ifup_seconds) * 1000,
    );
    if (working || signal.aborted) return;
    await emit(sys, { subject: 'network', name: 'ladder', what: 'next', detail: 'no address works of what was told: DHCP is asked' });
  }
  const asked = new Set<string>();
  while (!signal.aborted) {
    const link = await watch.until((links) => links.find((each) => isFree(context, each, asked)));
    if (link === undefined) return;
    asked.add(link.name);
    fulfil(context, wishFor(link)).catch((error: unknown) => context.trouble(link.name, String(error)));
  }
}

function isFree({ watch, wished, record }: FulfilContext, link: LinkFacts, asked: ReadonlySet<string>): boolean {
  const isOurs = link.isCandidate && link.hasCarrier && !asked.has(link.name) && !isReleased(record, link.name);
  return isOurs && !isSilenced(wishFor(link), link, { links: watch.links, wished, record });
}

const wishFor = ({ name, index }: LinkFacts): NetworkWish => ({
  rung: 'fallback',
  source: 'DHCP',
  kinds: ['dhcp4'],
  device: name,
  addresses: [],
  gateways: [],
  routes: [],
  metric: FIRST_METRIC + index,
});
