/** Puts the rungs of the ladder together: the kernel's words first, then the files. */
import type { CommandLine } from '../../sys/cmdline.ts';
import type { Config } from '../../sys/config.ts';
import { type Family, familyOf } from '../../sys/ip-address.ts';
import { KERNEL_COMMAND_LINE } from '../../sys/kernel-options.ts';
import type { NetworkSetting } from '../../sys/network-setting.ts';
import type { Problem } from '../../sys/problem.ts';
import type { VirtualLink } from '../../sys/virtual-link.ts';
import type { IpOption } from './ip-option.ts';
import { type KernelWords, readKernelWords } from './kernel-words.ts';
import type { NetworkWish, NetworkWishes } from './network-wish.ts';
import { type Left, orderVirtual } from './order-virtual.ts';
import { readTimeouts } from './read-timeouts.ts';
import { formatVirtualOption } from './virtual-option.ts';

type Unranked = Omit<NetworkWish, 'metric'>;

/** All wishes in the order of the ladder. An `ip=` that names a link silences the `[[network]]` entries of that link. */
export function readWishes(cmdline: CommandLine, config: Pick<Config, 'network' | 'network_timeouts'>): NetworkWishes {
  const words = readKernelWords(cmdline);
  const { timeouts, problems } = readTimeouts(cmdline, config.network_timeouts);
  const { ordered, left } = orderVirtual([...words.virtual, ...virtualOf(config.network, words.virtual)]);
  const named = words.options.map((option) => option.device);
  const own = config.network.filter((setting) => setting.interface === undefined || !named.includes(setting.interface));
  return {
    wishes: ranked([...wishesOfKernel(words), ...own.filter(isWish).map(wishOfSetting)], words.bootDevice),
    spokenFor: named.filter((device) => device !== undefined),
    virtual: ordered,
    renames: words.renames,
    routes: words.routes,
    nameservers: [
      ...new Set([
        ...words.options.flatMap((option) => option.nameservers),
        ...words.nameservers,
        ...own.flatMap((setting) => setting.nameservers),
      ]),
    ],
    peerDns: words.peerDns,
    timeouts,
    problems: [...words.problems, ...problems, ...left.map((each) => problemOf(each, config.network))],
  };
}

/** The links that the files make. The kernel's word for a name wins. */
function virtualOf(settings: readonly NetworkSetting[], words: readonly VirtualLink[]): readonly VirtualLink[] {
  return settings.flatMap(({ virtual }) => (virtual === undefined || words.some(({ name }) => name === virtual.name) ? [] : [virtual]));
}

/** An entry may do no more than make a link that others stand on. */
const isWish = ({ addresses, kinds = [], routes = [] }: NetworkSetting): boolean => addresses.length + kinds.length + routes.length > 0;

const problemOf = ({ link, why }: Left, settings: readonly NetworkSetting[]): Problem => ({
  file: settings.find(({ virtual }) => virtual === link)?.source ?? KERNEL_COMMAND_LINE,
  value: formatVirtualOption(link),
  message: why,
  accepted: 'members that no other link has (the link is left out)',
});

/** Its place in the list is the metric of a wish; the link of `bootdev=` comes first. */
function ranked(wishes: readonly Unranked[], bootDevice: string | undefined): readonly NetworkWish[] {
  const first = wishes.filter((wish) => bootDevice !== undefined && wish.device === bootDevice);
  return [...first, ...wishes.filter((wish) => !first.includes(wish))].map((wish, index) => ({ ...wish, metric: index * 100 }));
}

/** One wish a link. Of two options for one family the later counts, as it does for the kernel; `off` takes back what was said before. */
function wishesOfKernel({ options, bootMac, bootDevice, needNet }: KernelWords): readonly Unranked[] {
  const byDevice = Map.groupBy(options, (option) => option.device ?? '');
  const wishes = [...byDevice].flatMap(([device, all]) => mergeOptions(device, all));
  const nameless =
    wishes.every((wish) => wish.device !== undefined) && needNet && wishes.length === 0
      ? [wishOfOptions('', [{ kind: 'dhcp4', nameservers: [], remarks: [] }])]
      : [];
  return [...wishes, ...nameless].map((wish) => {
    if (wish.device !== undefined) return wish;
    if (bootMac !== undefined) return { ...wish, mac: bootMac };
    return bootDevice === undefined ? wish : { ...wish, device: bootDevice };
  });
}

function mergeOptions(device: string, options: readonly IpOption[]): readonly Unranked[] {
  const since = options.slice(options.findLastIndex(isOff) + 1);
  const last = (family: Family) => since.findLast((option) => familiesOf(option).includes(family));
  const counting = since.filter((option) => option === last(4) || option === last(6));
  return counting.length === 0 ? [] : [wishOfOptions(device, counting)];
}

function wishOfOptions(device: string, options: readonly IpOption[]): Unranked {
  const { mtu, mac, hostname } = Object.assign({}, ...options) as IpOption;
  const addresses = options.flatMap(({ address }) => address ?? []);
  const kinds = options.flatMap(({ kind }) => kind ?? []);
  return {
    rung: 'kernel',
    source: addresses.length === 0 && kinds.includes('dhcp4') ? 'DHCP' : 'ip=',
    kinds,
    ...(device === '' ? {} : { device }),
    addresses,
    gateways: options.flatMap(({ gateway }) => gateway ?? []),
    routes: [],
    ...(mtu === undefined ? {} : { mtu }),
    ...(mac === undefined ? {} : { setMac: mac }),
    ...(hostname === undefined ? {} : { hostname }),
  };
}

const isOff = (option: IpOption): boolean => option.address === undefined && option.kind === undefined;

function familiesOf({ address, kind }: IpOption): readonly Family[] {
  const ofKind = kind === undefined ? [] : ([kind === 'dhcp4' ? 4 : 6] as const);
  return [...(address === undefined ? [] : [familyOf(address.address) ?? 4]), ...ofKind];
}

function wishOfSetting(setting: NetworkSetting): Unranked {
  const {
    interface: device,
    mac,
    mtu,
    setMac,
    hostname,
    peer,
    addresses,
    baked,
    source = 'lifeboot.toml',
    kinds = [],
    routes = [],
  } = setting;
  const [first, ...rest] = addresses;
  return {
    rung: baked ? 'toolbox' : 'file',
    source: addresses.length === 0 && kinds.includes('dhcp4') ? 'DHCP' : source,
    kinds,
    ...(device === undefined ? {} : { device }),
    ...(mac === undefined ? {} : { mac }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(setMac === undefined ? {} : { setMac }),
    ...(hostname === undefined ? {} : { hostname }),
    addresses: peer === undefined || first === undefined ? addresses : [{ ...first, peer }, ...rest],
    gateways: setting.gateways,
    routes,
  };
}
