/** Addresses of sockets as a Trace names them, from the fields of the probes. */
import { canonicalAddress } from '../../../sys/ip-address.ts';
import type { Fields } from './probe-fields.ts';

const AF_INET = 2;
const AF_INET6 = 10;
/** Of SOCK_STREAM, SOCK_DGRAM, SOCK_RAW. */
const protocols: readonly (string | undefined)[] = [undefined, 'tcp', 'udp', 'raw'];

/** `tcp:127.0.0.1:80`, `udp:[::]:53`; undefined for another family. `port` is as it is in the socket's address: big-endian. */
export function inetAddress({ type, family, port, v4, a, b, c, d }: Fields, order: 'network' | 'host' = 'network'): string | undefined {
  if (typeof port !== 'number') return undefined;
  const protocol = protocols[Number(type)] ?? 'raw';
  const host = hostOf(family, v4, [a, b, c, d]);
  return host === undefined ? undefined : `${protocol}:${host}:${order === 'host' ? port : swap16(port)}`;
}

function hostOf(family: unknown, v4: unknown, v6: readonly unknown[]): string | undefined {
  if (family === AF_INET) return typeof v4 === 'number' ? bytesOf(v4).join('.') : undefined;
  if (family !== AF_INET6 || !v6.every((word) => typeof word === 'number')) return undefined;
  return `[${v6Of(v6.flatMap((word) => bytesOf(word)))}]`;
}

function v6Of(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16));
  return canonicalAddress(groups.join(':'));
}

/** `10.0.0.1` or `fd00::1` of 4 or 16 bytes as they are on the wire; undefined for another length. */
export function addressOf(bytes: Uint8Array | undefined): string | undefined {
  if (bytes?.length === 4) return bytes.join('.');
  return bytes?.length === 16 ? v6Of([...bytes]) : undefined;
}

/** The kernel prints numbers as the machine reads them: little-endian everywhere that lifeboot runs. */
const bytesOf = (word: number): readonly number[] => [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24];
const swap16 = (word: number): number => ((word & 255) << 8) | (word >>> 8);

/** Of sockaddr_un: what is before sun_path. */
const FAMILY_BYTES = 2;

/** `unix:/run/x.sock`, or `unix:@name` for an abstract one; undefined for a socket without a name. unix(7): `length` counts the family, too. */
export function unixAddress({ path, abstract, length }: Fields): string | undefined {
  if (typeof path !== 'string' || typeof length !== 'number' || length <= FAMILY_BYTES) return undefined;
  if (path !== '') return `unix:${path.slice(0, length - FAMILY_BYTES)}`;
  return typeof abstract === 'string' ? `unix:@${abstract.slice(0, length - FAMILY_BYTES - 1)}` : undefined;
}
