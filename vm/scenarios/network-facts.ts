/** Everything that makes up the network configuration of a running machine, in a form in which two boots can be compared. */
import type { Machine } from '../machine.ts';
import { LOGIN_MS } from './steps.ts';

/** Titles and what the machine says under them. */
export type NetworkFacts = Readonly<Record<string, readonly unknown[]>>;

const commands: Readonly<Record<string, string>> = {
  addresses: 'ip -j -d addr',
  'IPv4 routes': 'ip -j -4 route show table all',
  'IPv6 routes': 'ip -j -6 route show table all',
  'IPv4 rules': 'ip -j -4 rule',
  'IPv6 rules': 'ip -j -6 rule',
  'name servers': 'cat /etc/resolv.conf',
  'host name': 'hostname',
  'kernel settings': 'grep -rs . /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf | sort',
};

/** Asks the server's own programs over its own sshd. */
export async function readNetworkFacts(machine: Machine): Promise<NetworkFacts> {
  const script = Object.entries(commands).map(([title, command]) => `echo "== ${title}"; ${command}`);
  const text = await machine.sh(script.join('\n'), { door: 'server', deadlineMs: LOGIN_MS });
  return parseNetworkFacts(text);
}

/** Splits the output at its titles; JSON becomes rows without what differs from one moment to the next. */
export function parseNetworkFacts(text: string): NetworkFacts {
  const parts = text.split(/^== (.*)\n/m).slice(1);
  const pairs: (readonly [string, readonly unknown[]])[] = Array.from({ length: parts.length / 2 }, (_, index) => {
    const [title = '', body = ''] = parts.slice(2 * index);
    return [title, body.startsWith('[') ? (comparable(JSON.parse(body)) as unknown[]) : body.trim().split('\n')];
  });
  return Object.fromEntries(pairs);
}

/** What one machine has and the other has not, a line each: `+ IPv6 routes {"dst":"fec0::/64"…}`. Empty: they are the same. */
export function compareNetworkFacts(actual: NetworkFacts, expected: NetworkFacts): readonly string[] {
  const lines = (facts: NetworkFacts) =>
    Object.entries(facts).flatMap(([title, rows]) => rows.map((row) => `${title} ${typeof row === 'string' ? row : JSON.stringify(row)}`));
  const [has, should] = [lines(actual), lines(expected)];
  const only = (these: readonly string[], those: readonly string[], sign: string) =>
    these.filter((line) => !those.includes(line)).map((line) => `${sign} ${line}`);
  return [...only(has, should, '+'), ...only(should, has, '-')];
}

/** Times that run. */
const fleeting = new Set(['valid_life_time', 'preferred_life_time', 'expires', 'age', 'used']);

/** Without what is fleeting, and rows in an order of their own: the kernel lists routes by the time of their making. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable).sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !fleeting.has(key));
  return Object.fromEntries(kept.map(([key, each]) => [key, comparable(each)]));
}
