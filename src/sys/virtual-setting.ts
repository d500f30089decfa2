/** `bond`, `bridge` and `vlan` of `[[network]]`: tables of TOML, checked. What is wrong is said in the issue's message. */
import * as v from 'valibot';
import { bondOptionNames, readBondOption, withMonitoring } from './bond-options.ts';
import { canonicalMac, isLinkName } from './link-name.ts';
import type { BondLink, BridgeLink, VlanLink } from './virtual-link.ts';

interface Refused {
  readonly refused: string;
}

/** `{ members = ["eth0", "eth1"], mode = "802.3ad", miimon = 100 }`. */
export const bondSchema = read<Omit<BondLink, 'name'>>((table) => {
  const { members: names, ...rest } = table;
  const members = readMembers(names);
  if ('refused' in members) return members;
  const options: (readonly [string, string])[] = [];
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value !== 'string' && typeof value !== 'number') return { refused: `has no ${name} in ${JSON.stringify(value)}` };
    const option = readBondOption(name, String(value));
    if ('refused' in option) return option;
    options.push(option);
  }
  return { kind: 'bond', members, options: withMonitoring(options) };
});

/** `{ members = ["eth0"] }`. */
export const bridgeSchema = read<Omit<BridgeLink, 'name'>>(({ members: names, ...rest }) => {
  const members = readMembers(names);
  if (Object.keys(rest).length > 0) return { refused: `has the unknown key ${JSON.stringify(Object.keys(rest)[0])}` };
  return 'refused' in members ? members : { kind: 'bridge', members };
});

/** `{ link = "bond0", id = 5 }`. */
export const vlanSchema = read<Omit<VlanLink, 'name'>>(({ link, id, ...rest }) => {
  const parent = readLink(link);
  if (parent === undefined) return { refused: `has no name or MAC of a link in ${JSON.stringify(link)}` };
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 1 || id > 4094)
    return { refused: `has no id from 1 to 4094 in ${JSON.stringify(id)}` };
  if (Object.keys(rest).length > 0) return { refused: `has the unknown key ${JSON.stringify(Object.keys(rest)[0])}` };
  return { kind: 'vlan', parent, id };
});

export const BOND_FORM = `a table, as in { members = ["eth0", "eth1"], mode = "active-backup" }, with options of ip-link(8): ${bondOptionNames.join(', ')}`;

function readMembers(value: unknown): readonly string[] | Refused {
  const members = Array.isArray(value) ? value.map(readLink) : [];
  const good = members.filter((member) => member !== undefined);
  if (good.length === 0 || good.length < members.length || new Set(good).size < good.length)
    return { refused: `has no members, names or MACs of links, each once, in ${JSON.stringify(value)}` };
  return good;
}

function readLink(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return canonicalMac(value) ?? (isLinkName(value) ? value : undefined);
}

function read<T extends object>(parse: (table: Readonly<Record<string, unknown>>) => T | Refused) {
  return v.pipe(
    v.record(v.string(), v.unknown()),
    v.rawTransform<Record<string, unknown>, T>(({ dataset, addIssue, NEVER }) => {
      const parsed = parse(dataset.value);
      if (!('refused' in parsed)) return parsed;
      addIssue({ message: parsed.refused });
      return NEVER;
    }),
  );
}
