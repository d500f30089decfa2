/** Tables of the kernel, as facts: mounts, modules, sysctl, and the network. */
import { isWithin, parseMountinfo } from '../../../sys/mountinfo.ts';
import { TOOLBOX } from '../../../sys/paths.ts';
import type { Sys } from '../../../sys/sys.ts';
import { listSections } from './listing.ts';

type Facts = Record<string, string>;

/** Never throws: what cannot be read is not there. */
export async function readTables(sys: Sys, busybox: string): Promise<Facts> {
  const [mounts, modules, sections] = await Promise.all([
    quietly(sys, '/proc/self/mountinfo'),
    quietly(sys, '/proc/modules'),
    listSections(sys, busybox, {
      sysctl: `${busybox} find /proc/sys -xdev -type f -exec ${busybox} grep -sH '' {} +`,
      link: 'ip -o link',
      address: 'ip -o address',
      route: 'ip -o route show table all; ip -o -6 route show table all',
      rule: 'ip rule',
      firewall: 'nft list ruleset || iptables-save',
    }),
  ]);
  const network = [...sections].filter(([name]) => name !== 'sysctl');
  return { ...mountFacts(mounts), ...moduleFacts(modules), ...sysctlFacts(sections.get('sysctl') ?? []), ...networkFacts(network) };
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

const networkFacts = (sections: readonly (readonly [string, readonly string[]])[]): Facts =>
  Object.fromEntries(sections.flatMap(([kind, lines]) => lines.map((line) => [`${kind} ${steady(line)}`, 'there'])));

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
