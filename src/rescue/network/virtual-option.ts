/** `bond=`, `bridge=` and `vlan=` of dracut.cmdline(7), as text and as data. */
import { readBondOption, withMonitoring } from '../../sys/bond-options.ts';
import { isLinkName } from '../../sys/link-name.ts';
import type { BondLink, BridgeLink, VirtualLink, VlanLink } from '../../sys/virtual-link.ts';
import { type Refusal, splitFields, splitNames } from './option-fields.ts';

/** Reads the value of `bond=`. Never throws; without a value it is dracut's `bond0:eth0,eth1:mode=balance-rr`. */
export function parseBondOption(value: string): BondLink | Refusal {
  const fields = splitFields(value);
  if (fields === undefined) return { refused: 'has a bracket that is not closed' };
  if (fields.length > 4) return { refused: 'has too many fields' };
  const [name = '', slaves = '', settings = '', mtu = ''] = fields;
  const members = splitNames(slaves === '' ? 'eth0,eth1' : slaves, isLinkName);
  if (value !== '' && !isLinkName(name)) return noLink(name);
  if (members === undefined) return { refused: `has no names of links, each once, in ${JSON.stringify(slaves)}` };
  if (members.includes(name)) return { refused: 'is a member of itself' };
  const options = readBondOptions(settings === '' ? 'mode=balance-rr' : settings);
  if ('refused' in options) return options;
  if (mtu !== '' && !isMtu(mtu)) return { refused: `has no MTU in ${JSON.stringify(mtu)}` };
  return {
    kind: 'bond',
    name: value === '' ? 'bond0' : name,
    members,
    options: withMonitoring(options.options),
    ...(mtu === '' ? {} : { mtu: Number(mtu) }),
  };
}

/** Reads the value of `bridge=`. Never throws; without a value it is dracut's `br0:eth0`. */
export function parseBridgeOption(value: string): BridgeLink | Refusal {
  if (value === '') return { kind: 'bridge', name: 'br0', members: ['eth0'] };
  const [name = '', ports = '', ...more] = value.split(':');
  if (!isLinkName(name)) return noLink(name);
  const members = splitNames(ports, isLinkName);
  if (members === undefined || more.length > 0)
    return { refused: `has no names of links, each once, in ${JSON.stringify([ports, ...more].join(':'))}` };
  return members.includes(name) ? { refused: 'is a port of itself' } : { kind: 'bridge', name, members };
}

/** Reads the value of `vlan=`; the number is in the name. Never throws. */
export function parseVlanOption(value: string): VlanLink | Refusal {
  const [name = '', parent = '', ...more] = value.split(':');
  if (!isLinkName(name)) return noLink(name);
  if (!isLinkName(parent) || more.length > 0) return noLink([parent, ...more].join(':'));
  if (parent === name) return { refused: 'lies on itself' };
  const id = vlanIdOf(name);
  return id === undefined
    ? { refused: `has no number from 1 to 4094 in the name ${JSON.stringify(name)}` }
    : { kind: 'vlan', name, parent, id };
}

/** The number in `vlan5`, `vlan0005`, `eth0.5` or `eth0.0005`; undefined when there is none that a VLAN can have. */
export function vlanIdOf(name: string): number | undefined {
  const digits = /^(?:vlan|.+\.)(\d{1,5})$/.exec(name)?.[1];
  const id = Number(digits ?? 0);
  return id >= 1 && id <= 4094 ? id : undefined;
}

/** The word that parses to the same link. */
export function formatVirtualOption(link: VirtualLink): string {
  if (link.kind === 'vlan') return `vlan=${link.name}:${link.parent}`;
  if (link.kind === 'bridge') return `bridge=${link.name}:${link.members.join(',')}`;
  const options = link.options.map(([name, value]) => `${name}=${value.replaceAll(',', ';')}`).map(bracketOption);
  return `bond=${link.name}:${link.members.join(',')}:${options.join(',')}${link.mtu === undefined ? '' : `:${link.mtu}`}`;
}

/** Colons inside an option (IPv6, a MAC) would end the field. */
const bracketOption = (text: string): string => (text.includes(':') ? text.replace(/=(.*)$/, '=[$1]') : text);

function readBondOptions(text: string): { readonly options: BondLink['options'] } | Refusal {
  const options: (readonly [string, string])[] = [];
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    if (equals < 1) return { refused: `has no <option>=<value> in ${JSON.stringify(part)}` };
    const option = readBondOption(part.slice(0, equals), part.slice(equals + 1));
    if ('refused' in option) return option;
    options.push(option);
  }
  return { options };
}

const isMtu = (text: string): boolean => /^\d{2,5}$/.test(text) && Number(text) >= 68 && Number(text) <= 65_535;

const noLink = (text: string): Refusal => ({ refused: `has no name of a link in ${JSON.stringify(text)}` });
