/**
 * The table of machines in the toolbox: one row a machine, found by the MAC of any of its links. Thousands of rows cost nothing:
 * the text is searched for the MACs that are here, and only rows with one of them are read.
 */
import { readBondOption, withMonitoring } from '../../sys/bond-options.ts';
import { canonicalAddress, familyOf, parseCidr } from '../../sys/ip-address.ts';
import { canonicalMac } from '../../sys/link-name.ts';
import { type DhcpKind, dhcpKinds } from '../../sys/network-setting.ts';
import type { Problem } from '../../sys/problem.ts';
import type { VirtualLink } from '../../sys/virtual-link.ts';
import type { NetworkWish } from './network-wish.ts';
import type { Refusal } from './option-fields.ts';

/** What one row says. */
export interface TableRow {
  /** Of its link, or of all members of its bond. */
  readonly macs: readonly string[];
  readonly wish: Omit<NetworkWish, 'metric'>;
  readonly virtual: readonly VirtualLink[];
  readonly nameservers: readonly string[];
}

export interface TableMatch {
  readonly rows: readonly TableRow[];
  readonly problems: readonly Problem[];
}

/** Its place in the toolbox, below the directory of baked files. */
export const TABLE_NAME = 'network-table.tsv';

export const TABLE_FORM =
  '<mac>[,<mac>…] <address>[,…] [<gateway>[,…]] [<nameserver>[,…]] [<hostname>] [<vlan id>] [<mtu>] [<bond option>=<value>[,…]], parted by blanks, - for nothing';

/** The rows of the machine with these MACs (lower case, with colons). Rows of other machines are not read, whatever they hold. */
export function findRows(text: string, file: string, macs: readonly string[]): TableMatch {
  if (macs.length === 0) return { rows: [], problems: [] };
  const anywhere = new RegExp(macs.map((mac) => mac.replaceAll(':', '[:-]')).join('|'), 'gi');
  const rows: TableRow[] = [];
  const problems: Problem[] = [];
  const seen = new Set<number>();
  for (let hit = anywhere.exec(text); hit !== null; hit = anywhere.exec(text)) {
    const start = text.lastIndexOf('\n', hit.index) + 1;
    if (seen.has(start)) continue;
    seen.add(start);
    const end = text.indexOf('\n', start);
    const line = text.slice(start, end < 0 ? text.length : end);
    const row = parseTableRow(line);
    if (row === undefined) continue;
    const problem = (message: string) =>
      problems.push({ file, line: lineAt(text, start), value: line.trim(), message, accepted: TABLE_FORM });
    if ('refused' in row) problem(row.refused);
    else if (rows.some((other) => other.macs.some((mac) => row.macs.includes(mac))))
      problem('is the second row of a MAC: the first counts');
    else if (row.macs.some((mac) => macs.includes(mac))) rows.push(row);
  }
  return { rows, problems };
}

/** Every fault of the table, for who bakes it. */
export function checkTable(text: string, file: string): readonly Problem[] {
  const lines = new Map<string, number>();
  return text.split('\n').flatMap((value, index): readonly Problem[] => {
    const row = parseTableRow(value);
    if (row === undefined) return [];
    const place = { file, line: index + 1, value: value.trim(), accepted: TABLE_FORM };
    if ('refused' in row) return [{ ...place, message: row.refused }];
    const before = row.macs.map((mac) => lines.get(mac)).find((line) => line !== undefined);
    for (const mac of row.macs) if (!lines.has(mac)) lines.set(mac, index + 1);
    return before === undefined ? [] : [{ ...place, message: `has a MAC that line ${before} has, too` }];
  });
}

/** Reads one row; undefined where it is empty or a comment. Never throws. */
export function parseTableRow(line: string): TableRow | Refusal | undefined {
  const fields = line
    .replace(/(^|\s)#.*/, '')
    .trim()
    .split(/\s+/);
  if (fields.length > 8) return { refused: `has ${fields.length} fields` };
  const [keys = '', addresses = '', gateways = '', nameservers = '', hostname = '', vlan = '', mtu = '', bond = ''] = fields.map((field) =>
    field === '-' ? '' : field,
  );
  if (keys === '' && fields.length < 2) return undefined;
  const macs = keys.split(',').map(canonicalMac);
  const good = macs.filter((mac) => mac !== undefined);
  const [mac] = good;
  if (mac === undefined || good.length < macs.length || new Set(good).size < good.length)
    return { refused: `has no MACs in ${JSON.stringify(keys)}` };
  const asked = readAddresses(addresses);
  const routers = readPlain(gateways);
  const servers = readPlain(nameservers);
  const options = readOptions(bond);
  if ('refused' in asked) return asked;
  if (routers === undefined) return { refused: `has no gateways in ${JSON.stringify(gateways)}` };
  if (servers === undefined) return { refused: `has no name servers in ${JSON.stringify(nameservers)}` };
  if (!/^([a-z0-9][a-z0-9-]{0,62})?$/i.test(hostname)) return { refused: `has no host name in ${JSON.stringify(hostname)}` };
  if (vlan !== '' && !isBetween(vlan, 1, 4094)) return { refused: `has no VLAN from 1 to 4094 in ${JSON.stringify(vlan)}` };
  if (mtu !== '' && !isBetween(mtu, 68, 65_535)) return { refused: `has no MTU in ${JSON.stringify(mtu)}` };
  if ('refused' in options) return options;
  const size = mtu === '' ? {} : { mtu: Number(mtu) };
  const virtual = linksOf(good, { vlan, options, size });
  const device = virtual.at(-1)?.name;
  const wish = {
    rung: 'table',
    source: asked.addresses.length === 0 && asked.kinds.includes('dhcp4') ? 'DHCP' : TABLE_NAME,
    ...asked,
    ...(device === undefined ? { mac } : { device }),
    gateways: routers,
    routes: [],
    ...(virtual.length === 0 ? size : {}),
    ...(hostname === '' ? {} : { hostname }),
  } as const;
  return { macs: good, wish, virtual, nameservers: servers };
}

/** `bond0` of several MACs, and `vlan<id>` on it or on the link itself. */
function linksOf(
  macs: readonly string[],
  {
    vlan,
    options,
    size,
  }: { readonly vlan: string; readonly options: readonly (readonly [string, string])[]; readonly size: { readonly mtu?: number } },
): readonly VirtualLink[] {
  const isBond = macs.length > 1 || options.length > 0;
  const bond: VirtualLink = {
    kind: 'bond',
    name: 'bond0',
    members: macs,
    options: withMonitoring(options.length > 0 ? options : [['mode', 'active-backup']]),
    ...size,
  };
  const lower = isBond ? [bond] : [];
  if (vlan === '') return lower;
  return [
    ...lower,
    { kind: 'vlan', name: `vlan${Number(vlan)}`, parent: isBond ? bond.name : (macs[0] ?? ''), id: Number(vlan), ...(isBond ? {} : size) },
  ];
}

function readAddresses(field: string): Pick<NetworkWish, 'addresses' | 'kinds'> | Refusal {
  const words = field.split(',');
  const kinds = words.flatMap((word): readonly DhcpKind[] => (word === 'dhcp' ? ['dhcp4'] : dhcpKinds.filter((kind) => kind === word)));
  const addresses = words.flatMap((word) => parseCidr(word) ?? []);
  const wrong = words.find((word) => word !== 'dhcp' && !dhcpKinds.some((kind) => kind === word) && parseCidr(word) === undefined);
  if (wrong !== undefined) return { refused: `has no address with its prefix length, nor a way to get one, in ${JSON.stringify(wrong)}` };
  return { addresses, kinds: [...new Set(kinds)] };
}

function readPlain(field: string): readonly string[] | undefined {
  const words = field === '' ? [] : field.split(',');
  return words.every((word) => familyOf(word) !== undefined) ? words.map(canonicalAddress) : undefined;
}

function readOptions(field: string): readonly (readonly [string, string])[] | Refusal {
  const options: (readonly [string, string])[] = [];
  for (const word of field === '' ? [] : field.split(',')) {
    const [name = '', ...value] = word.split('=');
    const option = readBondOption(name, value.join('='));
    if ('refused' in option) return option;
    options.push(option);
  }
  return options;
}

const isBetween = (text: string, least: number, most: number): boolean =>
  /^\d{1,5}$/.test(text) && Number(text) >= least && Number(text) <= most;

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;
