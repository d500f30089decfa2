/** The other end of a socket, as people write it. */
import type { Endpoint } from './sys.ts';

/** `127.0.0.1:80`, `[::1]:80`, `udp 127.0.0.1:53`, `/run/x.sock`. */
export function formatEndpoint(to: Endpoint): string {
  if (to.transport === 'unix') return to.path;
  const host = to.host.includes(':') ? `[${to.host}]` : to.host;
  return `${to.transport === 'udp' ? 'udp ' : ''}${host}:${to.port}`;
}
