/** What permitopen= and permitlisten= leave of forwarding: sshd(8), AUTHORIZED_KEYS FILE FORMAT. Pure. */
import type { Permissions } from '../login.ts';

type ForwardPermissions = Pick<Permissions, 'forwarding' | 'permitOpen' | 'permitListen'>;

/** Whether a connection to there may be made. Hosts are compared as they are written: no name is looked up, no pattern matched. */
export function mayOpen({ forwarding, permitOpen }: ForwardPermissions, host: string, port: number): boolean {
  if (!forwarding) return false;
  return permitOpen?.map(parseTarget).some((target) => target && isPort(target, port) && ['*', host].includes(target.host)) ?? true;
}

/** Whether the client may have us listen there. Hosts are patterns with `*` and `?`, and a port alone means any host. */
export function mayListen({ forwarding, permitListen }: ForwardPermissions, host: string, port: number): boolean {
  if (!forwarding) return false;
  const targets = permitListen?.map((text) => parseTarget(text.includes(':') ? text : `*:${text}`));
  return targets?.some((target) => target && isPort(target, port) && matches(host.toLowerCase(), target.host.toLowerCase())) ?? true;
}

/**
 * Unix sockets: OpenSSH opens all of them to a key that has a permitopen=. Here such a key gets what its list names and
 * nothing more, and the list can name no socket: the agents' own control sockets can power the machine off.
 */
export const mayOpenUnix = ({ forwarding, permitOpen }: ForwardPermissions): boolean => forwarding && permitOpen === undefined;
export const mayListenUnix = ({ forwarding, permitListen }: ForwardPermissions): boolean => forwarding && permitListen === undefined;

interface Target {
  readonly host: string;
  readonly port: string;
}

/** `host:port` or `[host]:port`; undefined for anything else, which then permits nothing. */
function parseTarget(text: string): Target | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5}|\*)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host === undefined || port === undefined ? undefined : { host, port };
}

const isPort = (target: Target, port: number): boolean => target.port === '*' || Number(target.port) === port;

/** ssh_config(5), PATTERNS. Greedy with one way back, so that no pattern takes more than length × length steps. */
function matches(text: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let p = 0;
  while (at < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = at;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[at])) {
      p++;
      at++;
    } else if (star >= 0) {
      p = star + 1;
      at = ++resume;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(p));
}
