/** Tables of the kernel, as facts: mounts, modules, sysctl, and the network. */
import { isWithin, parseMountinfo } from '../../../sys/mountinfo.ts';
import { TOOLBOX } from '../../../sys/paths.ts';
import type { Sys } from '../../../sys/sys.ts';
import { listLines } from './listing.ts';

type Facts = Record<string, string>;

/** Never throws: what cannot be read is not there. */
export async function readTables(sys: Sys, busybox: string): Promise<Facts> {
  const [mounts, modules, sysctl, network] = await Promise.all([
    quietly(sys, '/proc/self/mountinfo'),
    quietly(sys, '/proc/modules'),
    listLines(sys, [busybox, 'find', '/proc/sys', '-xdev', '-type', 'f', '-exec', busybox, 'grep', '-sH', '', '{}', '+']),
    readNetwork(sys),
  ]);
  return { ...mountFacts(mounts), ...moduleFacts(modules), ...sysctlFacts(sysctl), ...network };
}

export function mountFacts(mountinfo: string): Facts {
  const seen = parseMountinfo(mountinfo).filter(({ mountPoint }) => !isWithin(mountPoint, TOOLBOX));
  const all = Map.groupBy(seen, ({ mountPoint }) => mountPoint);
  return Object.fromEntries(
    [...all].map(([point, mounts]) => [
      `mount ${point}`,
      mounts.map(({ fsType, source, root, options }) => [fsType, source, root, options.join(',')].join(' ')).join(' over '),
    ]),
  );
}

const moduleFacts = (modules: string): Facts =>
  Object.fromEntries([...modules.matchAll(/^(\S+) /gm)].map(([, name]) => [`module ${name}`, 'loaded']));

/** Lines `/proc/sys/net/ipv4/ip_forward:0`; a value may have several. */
export function sysctlFacts(lines: readonly string[]): Facts {
  const facts: Facts = {};
  for (const line of lines) {
    const [, path = '', value = ''] = /^\/proc\/sys\/([^:]+):(.*)$/.exec(line) ?? [];
    // Counters and draws: other ones at each look.
    if (path === '' || /^(?:kernel\/(?:random\/|ns_last_pid|pty\/nr)|fs\/(?:dentry-state|file-nr|inode-))/.test(path)) continue;
    const fact = `sysctl ${path.replaceAll('/', '.')}`;
    facts[fact] = facts[fact] === undefined ? value : `${facts[fact]} | ${value}`;
  }
  return facts;
}

async function readNetwork(sys: Sys): Promise<Facts> {
  const facts: Facts = {};
  const add = (kind: string, lines: readonly string[]): void => {
    for (const line of lines) facts[`${kind} ${steady(line)}`] = 'there';
  };
  add('link', await listLines(sys, ['ip', '-o', 'link']));
  add('address', await listLines(sys, ['ip', '-o', 'address']));
  add('route', await listLines(sys, ['ip', '-o', 'route', 'show', 'table', 'all']));
  add('route', await listLines(sys, ['ip', '-o', '-6', 'route', 'show', 'table', 'all']));
  add('rule', await listLines(sys, ['ip', 'rule']));
  add('firewall', await listLines(sys, ['nft', 'list', 'ruleset']));
  return facts;
}

/** Without lifetimes, counters, and the number of the link, which depends on who came first. */
export const steady = (line: string): string =>
  line
    .replace(/^\d+: /, '')
    .replace(/\b(?:valid_lft|preferred_lft|expires) \S+/g, '')
    .replace(/\b(packets|bytes) \d+/g, '$1 #')
    .replace(/\\/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const quietly = async (sys: Sys, path: string): Promise<string> => (await sys.readText(path).catch(() => undefined)) ?? '';
