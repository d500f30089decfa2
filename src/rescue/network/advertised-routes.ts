/**
 * What router advertisements left on links whose machine wants none: they came while rescue had the link up and the kernel
 * still listened to them. ifupdown takes the addresses off ("accept_ra 0" and a flush), the routes to their networks stay.
 */
import { inSameNetwork, parseCidr } from '../../sys/ip-address.ts';
import type { Sys } from '../../sys/sys.ts';
import { applySteps } from './network-command.ts';
import { type LinkFacts, parseRows, type Row } from './network-facts.ts';
import type { Step } from './network-plan.ts';

const DEADLINE_MS = 10_000;

/** Takes them off. What fails is what another has taken off meanwhile: no harm. */
export async function forgetAdvertised(sys: Sys, links: readonly LinkFacts[]): Promise<void> {
  const deaf: LinkFacts[] = [];
  for (const link of links.filter(({ isCandidate }) => isCandidate)) if (await isDeaf(sys, link.name)) deaf.push(link);
  if (deaf.length === 0) return;
  const shown = await sys.run(['ip', '-j', '-6', 'route', 'show', 'proto', 'kernel'], { timeoutMs: DEADLINE_MS }).catch(() => undefined);
  const routes = parseRows(shown?.stdout ?? '');
  await applySteps(
    sys,
    deaf.flatMap((link) => planForget(link, routes)),
  );
}

/** Of the networks that the kernel itself has put on the link (rows of ip(8)), those that expire, and those in which it has no address. */
export function planForget(link: LinkFacts, routes: readonly Row[]): readonly Step[] {
  return routes.flatMap(({ dev, dst, gateway, metric, expires }) => {
    const network = parseCidr(String(dst));
    if (network?.family !== 6 || dev !== link.name || gateway !== undefined || /^(fe80|ff)/.test(network.address)) return [];
    if (expires === undefined && link.addresses.some((there) => there.family === 6 && inSameNetwork(network, there.address))) return [];
    const argv = ['ip', '-6', 'route', 'del', String(dst), 'dev', link.name, 'proto', 'kernel', 'metric', String(metric)];
    return [{ argv, why: `${dst} was advertised` }];
  });
}

/** Without IPv6 there is no such file. */
const isDeaf = async (sys: Sys, device: string): Promise<boolean> =>
  (await sys.readText(`/proc/sys/net/ipv6/conf/${device}/accept_ra`).catch(() => undefined))?.trim() === '0';
