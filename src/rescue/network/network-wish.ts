/** What the machine was told about its rescue network: kernel `ip=` first, then `[[network]]`, as one list of wishes. */

import { type CommandLine, optionValues } from '../../sys/cmdline.ts';
import { type Cidr, familyOf, formatCidr } from '../../sys/ip-address.ts';
import { KERNEL_COMMAND_LINE } from '../../sys/kernel-options.ts';
import type { NetworkSetting } from '../../sys/network-setting.ts';
import type { Problem } from '../../sys/problem.ts';
import { IP_OPTION_FORM, type IpOption, parseIpOption } from './ip-option.ts';

/** The addresses one link shall have. Plain data: it is kept in network.json over a crash. */
export interface NetworkWish {
  readonly source: 'ip=' | 'lifeboot.toml' | 'DHCP';
  readonly method: 'static' | 'dhcp';
  /** Link by name, by MAC, or (neither) the first one with a carrier. */
  readonly device?: string;
  readonly mac?: string;
  readonly addresses: readonly Cidr[];
  readonly gateways: readonly string[];
  readonly mtu?: number;
  readonly hostname?: string;
  /** Of its default routes: the first wish has 0, so that two gateways never meet in one route. */
  readonly metric: number;
}

export interface NetworkWishes {
  readonly wishes: readonly NetworkWish[];
  readonly nameservers: readonly string[];
  readonly problems: readonly Problem[];
}

/** All wishes in the order of the ladder. An `ip=` that names a link silences the `[[network]]` entries of that link. */
export function readWishes(cmdline: CommandLine, settings: readonly NetworkSetting[]): NetworkWishes {
  const { options, problems } = readIpOptions(cmdline);
  const named = options.map((option) => option.device);
  const own = settings.filter((setting) => setting.interface === undefined || !named.includes(setting.interface));
  const fromKernel = options.filter((option) => option.method !== 'off').map(wishOfOption);
  const wishes = [...fromKernel, ...own.map(wishOfSetting)].map((wish, index) => ({ ...wish, metric: index * 100 }));
  const servers = readNameservers(cmdline, problems);
  const nameservers = [
    ...new Set([...options.flatMap((option) => option.nameservers), ...servers, ...own.flatMap((setting) => setting.nameservers)]),
  ];
  return { wishes, nameservers, problems };
}

/** How a wish is named to people: `eth0 10.0.2.15/24`. */
export function describeWish(wish: NetworkWish): string {
  const link = wish.device ?? wish.mac ?? 'the first link with a carrier';
  return `${link} ${wish.method === 'dhcp' ? 'by DHCP' : wish.addresses.map(formatCidr).join(' ')}`;
}

/** Every usable `ip=` and its old name `nfsaddrs=`; of two for one link the later counts, as it does for the kernel. */
function readIpOptions(cmdline: CommandLine): { readonly options: readonly IpOption[]; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const options = new Map<string, IpOption>();
  for (const name of ['nfsaddrs', 'ip']) {
    for (const value of optionValues(cmdline, name)) {
      const parsed = parseIpOption(value);
      const place = { file: KERNEL_COMMAND_LINE, value: `${name}=${value}` };
      if ('refused' in parsed) {
        problems.push({ ...place, message: parsed.refused, accepted: `${IP_OPTION_FORM} (the option is left out)` });
        continue;
      }
      problems.push(...parsed.remarks.map((message) => ({ ...place, message, accepted: IP_OPTION_FORM })));
      options.set(parsed.device ?? '', parsed);
    }
  }
  return { options: [...options.values()], problems };
}

function readNameservers(cmdline: CommandLine, problems: Problem[]): readonly string[] {
  return optionValues(cmdline, 'nameserver').filter((value) => {
    const address = value.replace(/^\[(.*)\]$/, '$1');
    if (familyOf(address) !== undefined) return true;
    problems.push({
      file: KERNEL_COMMAND_LINE,
      value: `nameserver=${value}`,
      message: 'is no address',
      accepted: 'an IPv4 or IPv6 address',
    });
    return false;
  });
}

function wishOfOption(option: IpOption): Omit<NetworkWish, 'metric'> {
  const { address, prefix, gateway, device, hostname } = option;
  const common = {
    source: option.method === 'dhcp' ? 'DHCP' : 'ip=',
    ...(device === undefined ? {} : { device }),
    ...(hostname === undefined ? {} : { hostname }),
  } as const;
  const family = address === undefined ? undefined : familyOf(address);
  if (address === undefined || prefix === undefined || family === undefined)
    return { ...common, method: 'dhcp', addresses: [], gateways: [] };
  return { ...common, method: 'static', addresses: [{ address, prefix, family }], gateways: gateway === undefined ? [] : [gateway] };
}

function wishOfSetting(setting: NetworkSetting): Omit<NetworkWish, 'metric'> {
  const { interface: device, mac, mtu } = setting;
  return {
    source: 'lifeboot.toml',
    method: 'static',
    ...(device === undefined ? {} : { device }),
    ...(mac === undefined ? {} : { mac }),
    ...(mtu === undefined ? {} : { mtu }),
    addresses: setting.addresses,
    gateways: setting.gateways,
  };
}
