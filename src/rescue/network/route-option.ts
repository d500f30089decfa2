/** `rd.route=` of dracut.cmdline(7), as text and as data. */
import { canonicalAddress, familyOf, formatCidr, networkOf, parseCidr, prefixOfNetmask } from '../../sys/ip-address.ts';
import { isLinkName } from '../../sys/link-name.ts';
import type { RouteSetting } from '../../sys/route-setting.ts';
import { bracketed, type Refusal, splitFields } from './option-fields.ts';

/** Reads the value of `rd.route=<net>/<len>:<gateway>[:<link>]`. Never throws. */
export function parseRouteOption(value: string): RouteSetting | Refusal {
  const fields = splitFields(value);
  if (fields === undefined) return { refused: 'has a bracket that is not closed' };
  const [net = '', gateway = '', device = '', ...more] = fields;
  if (more.length > 0) return { refused: 'has too many fields (IPv6 addresses need brackets)' };
  const [address = '', mask = ''] = net.split('/');
  const prefix = familyOf(address) === 4 ? prefixOfNetmask(mask) : undefined;
  const to = parseCidr(prefix === undefined ? net : `${address}/${prefix}`);
  if (to === undefined) return { refused: `has no network with its prefix length in ${JSON.stringify(net)}` };
  if (gateway !== '' && familyOf(gateway) !== to.family) return { refused: `has no gateway of that family in ${JSON.stringify(gateway)}` };
  if (device !== '' && !isLinkName(device)) return { refused: `has no name of a link in ${JSON.stringify(device)}` };
  if (gateway === '' && device === '') return { refused: 'has neither gateway nor link' };
  // The kernel refuses a network with bits of a host in it; dracut's own example has some.
  return { to: networkOf(to), ...(gateway === '' ? {} : { gateway: canonicalAddress(gateway) }), ...(device === '' ? {} : { device }) };
}

/** The text that parses to the same route. */
export function formatRouteOption({ to, gateway = '', device }: RouteSetting): string {
  return [bracketed(formatCidr(to)), bracketed(gateway), ...(device === undefined ? [] : [device])].join(':');
}
