/** Addresses of sockets: which of them are one place, and which get into each other's way. */

export interface InetAddress {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

/** `tcp:0.0.0.0:80`, `udp:[::]:53`; undefined for another kind. */
export function parseInet(address: string): InetAddress | undefined {
  const found = /^([a-z]+[46]?):(\[[^\]]*\]|[^:[\]]*):(\d+)$/.exec(address);
  if (found === null || address.startsWith('unix:')) return undefined;
  const [, protocol = '', host = '', port = ''] = found;
  return { protocol, host: host.replace(/^\[::ffff:([\d.]+)\]$/, '$1'), port: Number(port) };
}

/** `/run/x.sock` of `unix:/run/x.sock`; undefined for an abstract one and for other families. */
export const unixPath = (address: string): string | undefined =>
  address.startsWith('unix:') && !address.startsWith('unix:@') && address !== 'unix:' ? address.slice('unix:'.length) : undefined;

const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '[::]' || host === '*' || host === '';
const isV6 = (host: string): boolean => host.startsWith('[');

/** Whether both name a place of the same machine: ip(7), a wildcard is all of them, and that of version 6 those of version 4, too. */
export function hostsOverlap(a: string, b: string): boolean {
  if (a === b) return true;
  if (a === '[::]' || b === '[::]') return true;
  if (isWildcard(a)) return !isV6(b);
  if (isWildcard(b)) return !isV6(a);
  return false;
}
