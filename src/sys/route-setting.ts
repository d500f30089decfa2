/** A route besides the default ones, and how `routes` of `[[network]]` writes it. */
import * as v from 'valibot';
import { type Cidr, canonicalAddress, familyOf, networkOf, parseCidr } from './ip-address.ts';

/** Without a gateway the network is on the link itself. */
export interface RouteSetting {
  readonly to: Cidr;
  readonly gateway?: string;
  /** Absent: the link it is written under, or whose network holds the gateway. */
  readonly device?: string;
  readonly metric?: number;
}

/** `10.1.0.0/16 via 10.0.2.9 metric 50`, as ip-route(8) has it; without `via` the network is on the link itself. */
export const routeSchema = v.pipe(
  v.string(),
  v.rawTransform<string, RouteSetting>(({ dataset, addIssue, NEVER }) => {
    const route = parseRoute(dataset.value);
    if (route !== undefined) return route;
    addIssue({ message: `has no route in ${JSON.stringify(dataset.value)}` });
    return NEVER;
  }),
);

function parseRoute(text: string): RouteSetting | undefined {
  const [, net = '', gateway, metric] = /^(\S+)(?:\s+via\s+(\S+))?(?:\s+metric\s+(\d{1,9}))?$/.exec(text.trim()) ?? [];
  const to = parseCidr(net);
  if (to === undefined || (gateway !== undefined && familyOf(gateway) !== to.family)) return undefined;
  return {
    to: networkOf(to),
    ...(gateway === undefined ? {} : { gateway: canonicalAddress(gateway) }),
    ...(metric === undefined ? {} : { metric: Number(metric) }),
  };
}
