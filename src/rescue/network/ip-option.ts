/** One `ip=` of the kernel command line (Documentation/admin-guide/nfs/nfsroot.rst), as text and as data. */
import { canonicalAddress, classfulPrefix, familyOf, prefixOfNetmask } from '../../sys/ip-address.ts';

/** What one `ip=` asks for. Fields it leaves empty are absent. */
export interface IpOption {
  /** `static` has an address; `dhcp` asks for one; `off` means that nobody shall. */
  readonly method: 'static' | 'dhcp' | 'off';
  readonly address?: string;
  readonly prefix?: number;
  readonly gateway?: string;
  readonly hostname?: string;
  /** Absent: the first link with a carrier. */
  readonly device?: string;
  readonly nameservers: readonly string[];
  /** Things accepted, but not as written. */
  readonly remarks: readonly string[];
}

/** What is wrong with a value that cannot be used. */
export interface Refusal {
  readonly refused: string;
}

export const IP_OPTION_FORM =
  '<client>:<server>:<gateway>:<netmask>:<hostname>:<device>:<off|dhcp>[:<dns0>[:<dns1>[:<ntp0>]]], or off or dhcp alone';

/** ic_proto_name() of net/ipv4/ipconfig.c, by what we make of them. */
const methods: ReadonlyMap<string, 'dhcp' | 'off'> = new Map([
  ['off', 'off'],
  ['none', 'off'],
  ['static', 'off'],
  ['on', 'dhcp'],
  ['any', 'dhcp'],
  ['dhcp', 'dhcp'],
  ['both', 'dhcp'],
  ['bootp', 'dhcp'],
  ['rarp', 'dhcp'],
]);

/** Reads the value of `ip=`. Never throws. Also takes `<device>:<method>` and bracketed IPv6 addresses, as dracut does. */
export function parseIpOption(value: string): IpOption | Refusal {
  // `dhcp,<client-id-type>,<client-id>`: what follows may hold colons.
  if (value.startsWith('dhcp,')) return parseAlone('dhcp');
  const fields = splitFields(value);
  if (fields === undefined) return { refused: 'has a bracket that is not closed' };
  const [client = '', second = ''] = fields;
  if (fields.length === 1 && familyOf(client) === undefined) return parseAlone(client);
  if (fields.length === 2 && familyOf(client) === undefined && methods.has(second)) return parseShort(client, second);
  return parseLong(fields);
}

/** The text that parses to the same option (its remarks apart). */
export function formatIpOption(option: IpOption): string {
  if (option.method === 'off') return 'off';
  const { address = '', prefix, gateway = '', hostname = '', device = '' } = option;
  const netmask = prefix === undefined ? '' : String(prefix);
  const method = option.method === 'static' ? 'off' : 'dhcp';
  return [bracketed(address), '', bracketed(gateway), netmask, hostname, device, method, ...option.nameservers.map(bracketed)].join(':');
}

function parseAlone(word: string): IpOption | Refusal {
  const known = word === '' ? 'off' : methods.get(word);
  if (known === undefined) return { refused: 'is neither an address nor a way to get one' };
  return { method: known, nameservers: [], remarks: remarksOn(word) };
}

function parseShort(device: string, method: string): IpOption | Refusal {
  if (!isDevice(device)) return { refused: `has no name of a link in ${JSON.stringify(device)}` };
  if (methods.get(method) === 'off') return { method: 'off', device, nameservers: [], remarks: [] };
  return { method: 'dhcp', device, nameservers: [], remarks: remarksOn(method) };
}

function parseLong(fields: readonly string[]): IpOption | Refusal {
  const [client = '', , gateway = '', netmask = '', hostname = '', device = '', method = '', ...more] = fields;
  const [protocol = ''] = method.split(',');
  if (method !== '' && !methods.has(protocol)) return { refused: `has no way to get an address in ${JSON.stringify(method)}` };
  if (device !== '' && !isDevice(device)) return { refused: `has no name of a link in ${JSON.stringify(device)}` };
  const common = { ...(hostname === '' ? {} : { hostname: hostnameOf(hostname) }), ...(device === '' ? {} : { device }) };
  const remarks: string[] = [];
  const nameservers = readNameservers(more.slice(0, 2), remarks);
  if (client === '' || client === '0.0.0.0') {
    // No address and no protocol: the kernel tries all protocols.
    const known = method === '' ? 'dhcp' : (methods.get(protocol) ?? 'off');
    if (known === 'off') return { method: 'off', nameservers: [], remarks: [] };
    return { method: 'dhcp', ...common, nameservers, remarks: [...remarks, ...remarksOn(protocol)] };
  }
  const family = familyOf(client);
  if (family === undefined) return { refused: `has no address in ${JSON.stringify(client)}` };
  const prefix = readPrefix(client, netmask, remarks);
  if (typeof prefix !== 'number') return prefix;
  const router = gateway === '0.0.0.0' ? '' : gateway;
  if (router !== '' && familyOf(router) !== family)
    remarks.push(`the gateway ${JSON.stringify(gateway)} is no address of that family and is left out`);
  const usable = familyOf(router) === family ? { gateway: canonicalAddress(router) } : {};
  return { method: 'static', address: canonicalAddress(client), prefix, ...usable, ...common, nameservers, remarks };
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

function readNameservers(fields: readonly string[], remarks: string[]): string[] {
  const given = fields.filter((field) => field !== '' && field !== '0.0.0.0');
  const wrong = given.filter((field) => familyOf(field) === undefined);
  remarks.push(...wrong.map((field) => `the name server ${JSON.stringify(field)} is no address and is left out`));
  return given.filter((field) => familyOf(field) !== undefined).map(canonicalAddress);
}

const remarksOn = (method: string): string[] => (method === 'rarp' || method === 'bootp' ? [`${method} is not spoken: DHCP is tried`] : []);

/** Parts at colons, except inside `[…]`; undefined when a bracket stays open. */
function splitFields(value: string): string[] | undefined {
  const fields: string[] = [];
  for (let rest = value; ; ) {
    const field = /^(?:\[([^\]]*)\]|([^:[]*))(?::|$)/.exec(rest);
    if (field === null) return undefined;
    fields.push(field[1] ?? field[2] ?? '');
    if (!field[0].endsWith(':')) return fields;
    rest = rest.slice(field[0].length);
  }
}

/** The kernel sets what stands before the first dot as host name, the rest as domain. */
const hostnameOf = (text: string): string => text.split('.')[0] ?? '';

const isDevice = (name: string): boolean => /^[^\s/:]{1,15}$/.test(name) && name !== '.' && name !== '..';

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);
