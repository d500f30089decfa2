/** Lists of addresses as `from=` and a certificate's `source-address` have them: OpenSSH's addrmatch.c and match.c. */
import { addressBits, type Cidr, familyOf, inSameNetwork } from '../../sys/ip-address.ts';
import type { Fault } from './fault.ts';
import { matchesWildcard } from './wildcard.ts';

/** `!` in front excludes; a network is matched by its bits, everything else as text with `*` and `?`. */
export interface AddressPattern {
  readonly excludes: boolean;
  readonly network?: Cidr;
  readonly wildcard?: string;
}

/**
 * Reads a comma-separated list. A host name is asked of no DNS, as with sshd's `UseDNS no`: it matches nobody, and one that is to
 * exclude somebody is a fault, as is a list with nothing but names. Never throws.
 */
export function parseAddressPatterns(text: string): readonly AddressPattern[] | Fault {
  const patterns: AddressPattern[] = [];
  for (const entry of text.split(',')) {
    const excludes = entry.startsWith('!');
    const body = excludes ? entry.slice(1) : entry;
    if (body === '') return { fault: 'an entry of the list is empty' };
    const network = parseNetwork(body);
    if (network !== undefined && 'fault' in network) return network;
    if (network === undefined && body.includes('/')) return { fault: `${body} is no network` };
    const isName = network === undefined && !/^[0-9A-Fa-f:.*?]+$/.test(body);
    if (isName && excludes) return { fault: `${body} is a host name, and rescue asks no DNS: nobody would be excluded` };
    if (!isName) patterns.push({ excludes, ...(network === undefined ? { wildcard: body.toLowerCase() } : { network }) });
  }
  if (!patterns.some(({ excludes }) => !excludes)) return { fault: 'it matches no address (host names are asked of no DNS)' };
  return patterns;
}

/** Reads the list of a certificate: networks only, none excluded. Never throws. */
export function parseNetworks(text: string): readonly AddressPattern[] | Fault {
  const patterns: AddressPattern[] = [];
  for (const entry of text.split(',')) {
    const network = parseNetwork(entry);
    if (network === undefined) return { fault: `${JSON.stringify(entry.slice(0, 60))} is no address or network` };
    if ('fault' in network) return network;
    patterns.push({ excludes: false, network });
  }
  return patterns;
}

/** Whether the address is in the list and not excluded, in whatever order the list says so. A zone (`%eth0`) does not count. */
export function matchesAddress(address: string, patterns: readonly AddressPattern[]): boolean {
  const plain = address.replace(/%.*$/, '');
  const hits = patterns.filter(({ network, wildcard }) =>
    network === undefined ? matchesWildcard(plain.toLowerCase(), wildcard ?? '') : inSameNetwork(network, plain),
  );
  return hits.length > 0 && hits.every(({ excludes }) => !excludes);
}

/** Undefined when it is neither an address nor `address/prefix`. Bits set beyond the prefix are a fault: which network was meant? */
function parseNetwork(text: string): Cidr | Fault | undefined {
  const [address = '', prefixText, ...more] = text.split('/');
  const family = familyOf(address);
  if (family === undefined || more.length > 0 || (prefixText !== undefined && !/^\d{1,3}$/.test(prefixText))) return undefined;
  const most = family === 4 ? 32 : 128;
  const prefix = prefixText === undefined ? most : Number(prefixText);
  if (prefix > most) return { fault: `${text}: the prefix is at most ${most}` };
  const network = { address, prefix, family };
  return addressBits(address).includes('1', prefix) ? { fault: `${text}: bits are set beyond the prefix` } : network;
}
