/** Which connections count as from one place: an IPv4 address, or the /64 that one holder of IPv6 addresses has at least. */

/** Whole, as the kernel writes peers' addresses: `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`. */
export function sourceOf(address: string): string {
  // Link-local addresses share one /64 and are one machine each.
  if (!address.includes(':') || /^fe[89ab]/i.test(address)) return address;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}
