/** IP addresses as text: checked, split from their prefix, compared. Both families; nothing here touches a network. */
import { isIPv4, isIPv6 } from 'node:net';

export type Family = 4 | 6;

/** An address with the length of its network: `10.0.2.15/24`. */
export interface Cidr {
  readonly address: string;
  readonly prefix: number;
  readonly family: Family;
}

/** The family of a plain address, or undefined when it is none. A zone (`fe80::1%eth0`) is refused: links are named apart. */
export function familyOf(address: string): Family | undefined {
  if (isIPv4(address)) return 4;
  return isIPv6(address) && !address.includes('%') ? 6 : undefined;
}

/** Reads `address/prefix`; undefined when either half is wrong. A missing prefix is wrong, too: nobody should have to guess. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = text.slice(0, slash);
  const prefixText = text.slice(slash + 1);
  const family = familyOf(address);
  if (family === undefined || !/^\d{1,3}$/.test(prefixText)) return undefined;
  const prefix = Number(prefixText);
  return prefix <= (family === 4 ? 32 : 128) ? { address: canonicalAddress(address), prefix, family } : undefined;
}

export const formatCidr = (cidr: Cidr): string => `${cidr.address}/${cidr.prefix}`;

/** `255.255.255.0` or `24` as a prefix length; undefined when it is neither or the ones are not contiguous. */
export function prefixOfNetmask(text: string): number | undefined {
  if (/^\d{1,2}$/.test(text)) return Number(text) <= 32 ? Number(text) : undefined;
  if (!isIPv4(text)) return undefined;
  const bits = text
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}

/** The kernel's guess where `ip=` has no netmask (net/ipv4/ipconfig.c): class A, B, C; undefined for anything else. */
export function classfulPrefix(address: string): number | undefined {
  if (!isIPv4(address)) return undefined;
  const first = Number(address.split('.')[0]);
  if (first < 128) return 8;
  if (first < 192) return 16;
  return first < 224 ? 24 : undefined;
}

/** Whether two addresses of one family lie in one network of that prefix length. */
export function inSameNetwork(cidr: Cidr, other: string): boolean {
  const length = Math.min(cidr.prefix, cidr.family === 4 ? 32 : 128);
  return familyOf(other) === cidr.family && addressBits(cidr.address).slice(0, length) === addressBits(other).slice(0, length);
}

/** The network an address lies in: its bits of the host are zero. */
export function networkOf({ address, prefix, family }: Cidr): Cidr {
  const bits = addressBits(address)
    .slice(0, prefix)
    .padEnd(family === 4 ? 32 : 128, '0');
  const groups = (width: number) => bits.match(new RegExp(`.{${width}}`, 'g'))?.map((part) => Number.parseInt(part, 2)) ?? [];
  const text =
    family === 4
      ? groups(8).join('.')
      : groups(16)
          .map((group) => group.toString(16))
          .join(':');
  return { address: canonicalAddress(text), prefix, family };
}

/** The spelling `ip -j` prints, so that texts can be compared: lower case, longest run of zeros folded (RFC 5952). */
export function canonicalAddress(address: string): string {
  return familyOf(address) === 6 ? new URL(`http://[${address}]/`).hostname.slice(1, -1) : address;
}

/** Its 32 or 128 bits as zeros and ones. */
export function addressBits(address: string): string {
  if (isIPv4(address)) return octetBits(address.split('.').map(Number), 8);
  const [head = '', tail = ''] = canonicalAddress(address).split('::');
  const groups = (part: string): number[] => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const [left, right] = [groups(head), groups(tail)];
  return octetBits([...left, ...Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0), ...right], 16);
}

const octetBits = (numbers: readonly number[], width: number): string => numbers.map((n) => n.toString(2).padStart(width, '0')).join('');
