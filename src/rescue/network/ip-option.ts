/** One `ip=` of the kernel command line: Documentation/admin-guide/nfs/nfsroot.rst and dracut.cmdline(7), as text and as data. */
import { canonicalAddress, classfulPrefix, type Family, familyOf, prefixOfNetmask } from '../../sys/ip-address.ts';
import { canonicalMac, isLinkName } from '../../sys/link-name.ts';
import type { DhcpKind } from '../../sys/network-setting.ts';
import type { AddressWish } from './network-wish.ts';
import { bracketed, type Refusal, splitFields } from './option-fields.ts';

/** What one `ip=` asks for. Fields it leaves empty are absent. Neither address nor kind: nobody shall have an address. */
export interface IpOption {
  readonly address?: AddressWish;
  /** What to ask the network for. Of the address's own family nothing is asked: the address wins, as it does for the kernel. */
  readonly kind?: DhcpKind;
  readonly gateway?: string;
  readonly hostname?: string;
  /** Absent: the first link with a carrier. */
  readonly device?: string;
  readonly mtu?: number;
  /** The MAC the link shall take. */
  readonly mac?: string;
  readonly nameservers: readonly string[];
  /** Things accepted, but not as written. */
  readonly remarks: readonly string[];
}

export const IP_OPTION_FORM =
  '<client>:<server or peer>:<gateway>:<netmask>:<hostname>:<device>:<off|dhcp|dhcp6|auto6|either6|link6>[:<dns0>[:<dns1>[:<ntp0>]]] ' +
  'or […]:<mtu>[:<mac>], <device>:<dhcp|…>[:<mtu>[:<mac>]], or off or dhcp alone';

/** ic_proto_name() of net/ipv4/ipconfig.c and dracut's words, by what we make of them. */
const methods: ReadonlyMap<string, DhcpKind | 'off'> = new Map([
  ['off', 'off'],
  ['none', 'off'],
  ['static', 'off'],
  ['on', 'dhcp4'],
  ['any', 'dhcp4'],
  ['dhcp', 'dhcp4'],
  ['dhcp4', 'dhcp4'],
  ['single-dhcp', 'dhcp4'],
  ['both', 'dhcp4'],
  ['bootp', 'dhcp4'],
  ['rarp', 'dhcp4'],
  ['dhcp6', 'dhcp6'],
  ['auto6', 'auto6'],
  ['either6', 'either6'],
  ['link6', 'link6'],
  ['link-local', 'link6'],
]);

const IBFT = 'asks for the iBFT, which is not read here; write the address as ip=<client>::<gateway>:<netmask>::<device>:none';

/** Reads the value of `ip=`. Never throws. */
export function parseIpOption(value: string): IpOption | Refusal {
  // `dhcp,<client-id-type>,<client-id>`: what follows may hold colons.
  if (value.startsWith('dhcp,')) return parseAlone('dhcp');
  const fields = splitFields(value);
  if (fields === undefined) return { refused: 'has a bracket that is not closed' };
  const [client = '', second = ''] = fields;
  if (client === 'ibft' || second === 'ibft') return { refused: IBFT };
  if (fields.length === 1 && familyOf(client) === undefined) return parseAlone(client);
  if (fields.length >= 2 && familyOf(client) === undefined && methods.has(second)) return parseShort(fields);
  return parseLong(fields);
}

/** The text that parses to the same option (its remarks apart). One with name servers cannot have an MTU or MAC as well. */
export function formatIpOption(option: IpOption): string {
  const { address, kind = 'off', gateway = '', hostname = '', device = '', mtu, mac, nameservers } = option;
  const tail = mtu === undefined && mac === undefined ? nameservers.map(bracketed) : [mtu ?? '', ...(mac === undefined ? [] : [mac])];
  const peer = address?.peer === undefined ? '' : `${bracketed(address.peer)}/${address.prefix}`;
  const fields = [bracketed(address?.address ?? ''), peer, bracketed(gateway), address?.prefix ?? '', hostname, device, kind, ...tail];
  return fields.join(':');
}

function parseAlone(word: string): IpOption | Refusal {
  const known = word === '' ? 'off' : methods.get(word);
  if (known === undefined) return { refused: 'is neither an address nor a way to get one' };
  return { ...kindOf(known), nameservers: [], remarks: remarksOn(word) };
}

function parseShort([device = '', method = '', ...more]: readonly string[]): IpOption | Refusal {
  if (!isLinkName(device)) return { refused: `has no name of a link in ${JSON.stringify(device)}` };
  const tail = readTail(more);
  if ('refused' in tail) return tail;
  const { nameservers, ...mtuAndMac } = tail;
  if (nameservers.length > 0) return { refused: `has no MTU in ${JSON.stringify(more[0])}` };
  return {
    ...kindOf(methods.get(method) ?? 'off'),
    device,
    ...mtuAndMac,
    nameservers: [],
    remarks: [...remarksOn(method), ...tail.remarks],
  };
}

function parseLong(fields: readonly string[]): IpOption | Refusal {
  const [client = '', peer = '', gateway = '', netmask = '', hostname = '', device = '', method = '', ...more] = fields;
  const [protocol = ''] = method.split(',');
  if (protocol === 'ibft') return { refused: IBFT };
  if (method !== '' && !methods.has(protocol)) return { refused: `has no way to get an address in ${JSON.stringify(method)}` };
  if (device !== '' && !isLinkName(device)) return { refused: `has no name of a link in ${JSON.stringify(device)}` };
  const tail = readTail(more);
  if ('refused' in tail) return tail;
  const common = { ...(hostname === '' ? {} : { hostname: hostnameOf(hostname) }), ...(device === '' ? {} : { device }) };
  const { remarks: tailRemarks, ...settings } = tail;
  const remarks = [...tailRemarks];
  if (client === '' || client === '0.0.0.0') {
    // No address and no protocol: the kernel tries all protocols.
    const known = method === '' ? 'dhcp4' : (methods.get(protocol) ?? 'off');
    if (known === 'off') return { ...(device === '' ? {} : { device }), nameservers: [], remarks: [] };
    return { ...kindOf(known), ...common, ...settings, remarks: [...remarks, ...remarksOn(protocol)] };
  }
  const family = familyOf(client);
  if (family === undefined) return { refused: `has no address in ${JSON.stringify(client)}` };
  const address = readAddress({ client, family, peer, netmask }, remarks);
  if ('refused' in address) return address;
  return {
    address,
    ...otherFamily(methods.get(protocol), family),
    ...readGateway(gateway, family, remarks),
    ...common,
    ...settings,
    remarks,
  };
}

function readAddress(
  { client, family, peer, netmask }: { readonly client: string; readonly family: Family; readonly peer: string; readonly netmask: string },
  remarks: string[],
): AddressWish | Refusal {
  const [peerAddress = '', peerPrefix] = peer.split('/');
  const isPeer = familyOf(peerAddress) === family && (peerPrefix !== undefined || isHostMask(family, netmask));
  if (peer !== '' && familyOf(peerAddress) !== family)
    remarks.push(`the peer or server ${JSON.stringify(peer)} is no address of that family and is left out`);
  const noted: string[] = [];
  const prefix = readPrefix(client, isPeer ? (peerPrefix ?? netmask) : netmask, noted);
  if (typeof prefix !== 'number') return prefix;
  remarks.push(...noted);
  // nfsroot.rst has the boot server here, dracut the other end of a point-to-point link: that has a host mask or a prefix of its own.
  return { address: canonicalAddress(client), prefix, family, ...(isPeer ? { peer: canonicalAddress(peerAddress) } : {}) };
}

function isHostMask(family: Family, netmask: string): boolean {
  return family === 4 ? prefixOfNetmask(netmask) === 32 : netmask === '128';
}

function readGateway(gateway: string, family: Family, remarks: string[]): { readonly gateway?: string } {
  if (gateway === '' || gateway === '0.0.0.0') return {};
  if (familyOf(gateway) === family) return { gateway: canonicalAddress(gateway) };
  remarks.push(`the gateway ${JSON.stringify(gateway)} is no address of that family and is left out`);
  return {};
}

function readPrefix(client: string, netmask: string, remarks: string[]): number | Refusal {
  if (familyOf(client) === 6) {
    if (netmask === '') return 64;
    return /^\d{1,3}$/.test(netmask) && Number(netmask) <= 128
      ? Number(netmask)
      : { refused: `has no prefix length in ${JSON.stringify(netmask)}` };
  }
  const guess = classfulPrefix(client);
  if (guess === undefined) return { refused: `has no address of a host in ${JSON.stringify(client)}` };
  if (netmask === '' || netmask === '0.0.0.0') {
    remarks.push(`no netmask: /${guess} is guessed from the class of the address`);
    return guess;
  }
  return prefixOfNetmask(netmask) ?? { refused: `has no netmask in ${JSON.stringify(netmask)}` };
}

type Tail = Pick<IpOption, 'mtu' | 'mac' | 'nameservers'> & { readonly remarks: readonly string[] };

/** What follows the method: `<dns0>[:<dns1>[:<ntp0>]]`, or `<mtu>[:<mac>]` (a MAC has colons of its own). */
function readTail(fields: readonly string[]): Tail | Refusal {
  const [mtu = '', ...rest] = fields;
  const mac = canonicalMac(rest.join(':'));
  if (mac === undefined && !/^\d+$/.test(mtu)) return readNameservers(fields.slice(0, 2));
  if (mac === undefined && rest.some((field) => field !== '')) return { refused: `has no MAC in ${JSON.stringify(rest.join(':'))}` };
  if (mtu !== '' && !(/^\d{2,5}$/.test(mtu) && Number(mtu) >= 68 && Number(mtu) <= 65_535))
    return { refused: `has no MTU in ${JSON.stringify(mtu)}` };
  return { ...(mtu === '' ? {} : { mtu: Number(mtu) }), ...(mac === undefined ? {} : { mac }), nameservers: [], remarks: [] };
}

function readNameservers(fields: readonly string[]): Tail {
  const given = fields.filter((field) => field !== '' && field !== '0.0.0.0');
  const wrong = given.filter((field) => familyOf(field) === undefined);
  const remarks = wrong.map((field) => `the name server ${JSON.stringify(field)} is no address and is left out`);
  return { nameservers: given.filter((field) => familyOf(field) !== undefined).map(canonicalAddress), remarks };
}

/** The kind, unless it would get an address of the family that has one. */
function otherFamily(known: DhcpKind | 'off' | undefined, family: Family): { readonly kind?: DhcpKind } {
  if (known === undefined || known === 'off') return {};
  return (known === 'dhcp4' ? 4 : 6) === family ? {} : { kind: known };
}

const kindOf = (known: DhcpKind | 'off'): { readonly kind?: DhcpKind } => (known === 'off' ? {} : { kind: known });

const remarksOn = (method: string): string[] => (method === 'rarp' || method === 'bootp' ? [`${method} is not spoken: DHCP is tried`] : []);

/** The kernel sets what stands before the first dot as host name, the rest as domain. */
const hostnameOf = (text: string): string => text.split('.')[0] ?? '';
