/** The network words of the kernel command line: each read, checked, explained; the README's list is made from the table. */
import { type CommandLine, optionValue, optionValues } from '../../sys/cmdline.ts';
import { canonicalAddress, familyOf } from '../../sys/ip-address.ts';
import { KERNEL_COMMAND_LINE } from '../../sys/kernel-options.ts';
import { isLinkName } from '../../sys/link-name.ts';
import type { Problem } from '../../sys/problem.ts';
import type { RouteSetting } from '../../sys/route-setting.ts';
import type { VirtualLink } from '../../sys/virtual-link.ts';
import { IP_OPTION_FORM, type IpOption, parseIpOption } from './ip-option.ts';
import { parseBootifOption, parseIfnameOption } from './name-option.ts';
import type { RenameWish } from './network-wish.ts';
import type { Refusal } from './option-fields.ts';
import { parseRouteOption } from './route-option.ts';
import { parseBondOption, parseBridgeOption, parseVlanOption } from './virtual-option.ts';

/** What the words say, each list in their order. */
export interface KernelWords {
  readonly options: readonly IpOption[];
  readonly virtual: readonly VirtualLink[];
  readonly renames: readonly RenameWish[];
  readonly routes: readonly RouteSetting[];
  readonly nameservers: readonly string[];
  /** MAC of the NIC that the firmware booted from. */
  readonly bootMac?: string;
  /** `bootdev=`: the link whose default route counts. */
  readonly bootDevice?: string;
  readonly peerDns: boolean;
  /** `rd.neednet=1`: the boot waits for an address even where none is asked for. */
  readonly needNet: boolean;
  readonly problems: readonly Problem[];
}

interface Word {
  readonly does: string;
  readonly accepted: string;
}

const networkWords = {
  ip: { does: 'addresses of a link; one for each link and family, and the later of two counts', accepted: IP_OPTION_FORM },
  nfsaddrs: { does: 'old name of `ip`', accepted: IP_OPTION_FORM },
  bond: { does: 'a bond and its members', accepted: '<name>[:<links>[:<option>=<value>,…[:<mtu>]]], options as in ip-link(8)' },
  vlan: {
    does: 'a VLAN on another link; its number is in its name',
    accepted: '<name>:<link>, as in vlan5:bond0, vlan0005:bond0, eth0.5:eth0',
  },
  bridge: { does: 'a bridge and its ports', accepted: '<name>:<links>' },
  team: { does: 'refused: a team needs teamd', accepted: 'bond=<name>:<links>:mode=<mode> does the same without a daemon' },
  ifname: { does: 'the name of the NIC with that MAC', accepted: '<name>:<mac>' },
  BOOTIF: { does: 'the NIC that an `ip` without a link means, as PXE loaders write it', accepted: '<mac> or 01-<mac>' },
  'rd.bootif': { does: '0: `BOOTIF` is not read', accepted: '0 or 1' },
  bootdev: { does: 'the link whose default route counts first', accepted: 'the name of a link' },
  'rd.route': { does: 'one more route', accepted: '<net>/<length>:[<gateway>][:<link>], IPv6 in brackets' },
  nameserver: { does: 'a name server', accepted: 'an IPv4 or IPv6 address' },
  'rd.peerdns': { does: '0: name servers of a DHCP server are not taken', accepted: '0 or 1' },
  'rd.neednet': { does: '1: the boot waits for an address even where none is asked for', accepted: '0 or 1' },
} as const satisfies Record<string, Word>;

/** Reads them all. Never throws: what cannot be used is a Problem and is left out. */
export function readKernelWords(cmdline: CommandLine): KernelWords {
  const problems: Problem[] = [];
  const reader = new WordReader(cmdline, problems);
  reader.all('team', () => ({ refused: 'is not made: a team needs teamd, which is not in the toolbox' }));
  const bootMac = reader.isOn('rd.bootif', true) ? reader.all('BOOTIF', orRefuse(parseBootifOption, 'has no MAC')).at(-1) : undefined;
  const bootDevice = reader
    .all(
      'bootdev',
      orRefuse((value) => (isLinkName(value) ? value : undefined), 'has no name of a link'),
    )
    .at(-1);
  return {
    options: [...reader.all('nfsaddrs', parseIpOption), ...reader.all('ip', parseIpOption)],
    virtual: [...reader.all('bond', parseBondOption), ...reader.all('bridge', parseBridgeOption), ...reader.all('vlan', parseVlanOption)],
    renames: reader.all('ifname', parseIfnameOption),
    routes: reader.all('rd.route', parseRouteOption),
    nameservers: reader.all('nameserver', orRefuse(readAddress, 'is no address')),
    ...(bootMac === undefined ? {} : { bootMac }),
    ...(bootDevice === undefined ? {} : { bootDevice }),
    peerDns: reader.isOn('rd.peerdns', true),
    needNet: reader.isOn('rd.neednet', false),
    problems,
  };
}

/** The rows of the README's table of these words, in Markdown. */
export function formatNetworkWords(): string {
  const rows = Object.entries(networkWords).map(
    ([name, { does, accepted }]) => `| \`${name}=\` | ${does} | \`${accepted.replaceAll('|', '\\|')}\` |`,
  );
  return ['| kernel option | does | accepted |', '|---|---|---|', ...rows].join('\n');
}

type WordName = keyof typeof networkWords;

class WordReader {
  readonly #cmdline: CommandLine;
  readonly #problems: Problem[];

  constructor(cmdline: CommandLine, problems: Problem[]) {
    this.#cmdline = cmdline;
    this.#problems = problems;
  }

  /** What each usable value of that word says. */
  all<T extends object | string>(name: WordName, parse: (value: string) => T | Refusal): readonly T[] {
    return optionValues(this.#cmdline, name).flatMap((value) => {
      const parsed = parse(value);
      if (isRefusal(parsed)) {
        this.#report(name, value, parsed.refused, `${networkWords[name].accepted} (the option is left out)`);
        return [];
      }
      const remarks = typeof parsed === 'object' && 'remarks' in parsed && Array.isArray(parsed.remarks) ? parsed.remarks : [];
      for (const remark of remarks) this.#report(name, value, String(remark), networkWords[name].accepted);
      return [parsed];
    });
  }

  /** A switch of dracut: the word alone means 1, the last one counts. */
  isOn(name: WordName, fallback: boolean): boolean {
    const value = optionValue(this.#cmdline, name);
    if (value === undefined) return fallback;
    if (/^(1|yes|on|)$/.test(value)) return true;
    if (/^(0|no|off)$/.test(value)) return false;
    this.#report(name, value, 'is neither on nor off', `0 or 1 (${fallback ? 1 : 0} is used)`);
    return fallback;
  }

  #report(name: WordName, value: string, message: string, accepted: string): void {
    this.#problems.push({ file: KERNEL_COMMAND_LINE, value: `${name}=${value}`, message, accepted });
  }
}

const isRefusal = (value: object | string): value is Refusal => typeof value === 'object' && 'refused' in value;

function orRefuse(parse: (value: string) => string | undefined, refused: string): (value: string) => string | Refusal {
  return (value) => parse(value) ?? { refused };
}

function readAddress(value: string): string | undefined {
  const address = value.replace(/^\[(.*)\]$/, '$1');
  return familyOf(address) === undefined ? undefined : canonicalAddress(address);
}
