/** Which link a route belongs on that was written apart from any (`rd.route=`). */
import { emit } from '../../sys/events.ts';
import { formatCidr, inSameNetwork } from '../../sys/ip-address.ts';
import type { NetworkTimeouts } from '../../sys/network-timeouts.ts';
import type { RouteSetting } from '../../sys/route-setting.ts';
import type { Sys } from '../../sys/sys.ts';
import type { NetworkRecord } from './network-record.ts';
import type { NetworkWatch } from './network-watch.ts';
import type { NetworkWish } from './network-wish.ts';

/** The wish with those routes that name its link, or whose gateway lies in one of its networks. */
export function withRoutes(wish: NetworkWish, device: string, routes: readonly RouteSetting[]): NetworkWish {
  const own = routes.filter(
    (route) => isHere(route, wish, device) && !wish.routes.some((there) => JSON.stringify(there) === JSON.stringify(route)),
  );
  return own.length === 0 ? wish : { ...wish, routes: [...wish.routes, ...own] };
}

function isHere({ device, gateway }: RouteSetting, { addresses }: NetworkWish, name: string): boolean {
  if (device !== undefined) return device === name;
  return gateway !== undefined && addresses.some((cidr) => inSameNetwork({ ...cidr, address: cidr.peer ?? cidr.address }, gateway));
}

interface RoutesContext {
  readonly sys: Sys;
  readonly watch: NetworkWatch;
  readonly signal: AbortSignal;
  readonly record: NetworkRecord;
  readonly timeouts: NetworkTimeouts;
  trouble(name: string, text: string | undefined): void;
}

/** Names the routes that no link has taken in time. */
export async function awaitRoutes(context: RoutesContext, routes: readonly RouteSetting[]): Promise<void> {
  await Promise.all(routes.map((route) => awaitRoute(context, route)));
}

async function awaitRoute(context: RoutesContext, route: RouteSetting): Promise<void> {
  const { sys, watch, timeouts, signal } = context;
  // By their text: a record of an earlier run has routes of its own.
  const wanted = JSON.stringify(route);
  const isPlaced = () => context.record.held.some(({ wish }) => wish.routes.some((each) => JSON.stringify(each) === wanted)) || undefined;
  if ((await watch.until(isPlaced, timeouts.route_seconds * 1000)) !== undefined || signal.aborted) return;
  const key = `route ${formatCidr(route.to)}`;
  const why = route.device === undefined ? `no link reaches its gateway ${route.gateway}` : `nothing is wished for ${route.device}`;
  context.trouble(key, `${why} after ${timeouts.route_seconds} s`);
  await emit(sys, {
    subject: 'network',
    name: 'route',
    what: 'failed',
    detail: `${formatCidr(route.to)}: ${why} after ${timeouts.route_seconds} s`,
  });
  await watch.until(isPlaced);
  context.trouble(key, undefined);
}
