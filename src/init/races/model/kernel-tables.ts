/** Files in which the kernel lists what there is: who reads one asks for all of it, and is never refused. */
import type { Facet } from './object-table.ts';

/** proc(5). Of a process or of all: what is in them is the same for those who share its namespaces. */
const TABLE = /^\/proc\/(?:\d+\/|self\/|thread-self\/)?(mounts|mountinfo|modules|net\/(?:tcp6?|udp6?|unix|route|ipv6_route|dev|if_inet6))$/;

const facetsOf: Readonly<Record<string, readonly Facet[]>> = {
  mounts: ['mount'],
  mountinfo: ['mount'],
  modules: ['module'],
  'net/tcp': ['ready', 'address'],
  'net/tcp6': ['ready', 'address'],
  'net/udp': ['ready', 'address'],
  'net/udp6': ['ready', 'address'],
  'net/unix': ['ready', 'address'],
  'net/route': ['routes'],
  'net/ipv6_route': ['routes'],
  'net/dev': ['interfaces'],
  'net/if_inet6': ['interfaces'],
};

/** Of which objects the file tells. */
export const listedIn = (path: string): readonly Facet[] => facetsOf[TABLE.exec(path)?.[1] ?? ''] ?? [];
