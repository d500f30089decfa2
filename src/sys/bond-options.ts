/** Options of a bond as ip-link(8) takes them, checked; numbers of Documentation/networking/bonding.rst become ip's words. */
import { familyOf } from './ip-address.ts';
import { canonicalMac, isLinkName } from './link-name.ts';

interface BondOption {
  readonly accepted: string;
  /** The value as ip takes it; undefined when it is none. */
  readonly read: (value: string) => string | undefined;
}

/** Words in the order of their numbers in bonding.rst. */
const words = (...all: readonly string[]): BondOption => ({
  accepted: all.join(', '),
  read: (value) => all.find((word, number) => word === value || String(number) === value),
});
const number = (least: number, most: number): BondOption => ({
  accepted: `a whole number from ${least} to ${most}`,
  read: (value) => (/^\d{1,10}$/.test(value) && Number(value) >= least && Number(value) <= most ? String(Number(value)) : undefined),
});
/** dracut parts them by semicolons, ip-link(8) by commas. */
const addresses = (family: 4 | 6): BondOption => ({
  accepted: `IPv${family} addresses parted by semicolons`,
  read: (value) => {
    const all = value.split(/[;,+]/);
    return all.length <= 16 && all.every((address) => familyOf(address) === family) ? all.join(',') : undefined;
  },
});
const milliseconds = number(0, 2_147_483_647);

const options = {
  mode: words('balance-rr', 'active-backup', 'balance-xor', 'broadcast', '802.3ad', 'balance-tlb', 'balance-alb'),
  miimon: milliseconds,
  updelay: milliseconds,
  downdelay: milliseconds,
  peer_notify_delay: number(0, 300_000),
  use_carrier: number(0, 1),
  arp_interval: milliseconds,
  arp_validate: words('none', 'active', 'backup', 'all', 'filter', 'filter_active', 'filter_backup'),
  arp_all_targets: words('any', 'all'),
  arp_ip_target: addresses(4),
  arp_missed_max: number(1, 255),
  ns_ip6_target: addresses(6),
  primary: { accepted: 'the name of a member', read: (value: string) => (isLinkName(value) ? value : undefined) },
  primary_reselect: words('always', 'better', 'failure'),
  fail_over_mac: words('none', 'active', 'follow'),
  xmit_hash_policy: words('layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac'),
  resend_igmp: number(0, 255),
  num_grat_arp: number(0, 255),
  num_unsol_na: number(0, 255),
  all_slaves_active: number(0, 1),
  min_links: number(0, 2_147_483_647),
  lp_interval: number(1, 2_147_483_647),
  packets_per_slave: number(0, 65_535),
  tlb_dynamic_lb: number(0, 1),
  lacp_rate: words('slow', 'fast'),
  lacp_active: words('off', 'on'),
  ad_select: words('stable', 'bandwidth', 'count'),
  ad_user_port_key: number(0, 1023),
  ad_actor_sys_prio: number(1, 65_535),
  ad_actor_system: { accepted: 'a MAC', read: canonicalMac },
} as const satisfies Record<string, BondOption>;

export const bondOptionNames: readonly string[] = Object.keys(options);

/** The kernel watches no member unless told: a dead one would swallow its share of the packets. */
const MONITORED = ['miimon', '100'] as const;

/** One option, checked; or what is wrong with it, with what would be accepted. */
export function readBondOption(name: string, value: string): readonly [name: string, value: string] | { readonly refused: string } {
  const option: BondOption | undefined = Object.hasOwn(options, name) ? options[name as keyof typeof options] : undefined;
  if (option === undefined)
    return { refused: `has no option of a bond in ${JSON.stringify(name)} (there are ${bondOptionNames.join(', ')})` };
  const read = option.read(value);
  return read === undefined ? { refused: `has no ${name} in ${JSON.stringify(value)} (it is ${option.accepted})` } : [name, read];
}

/** The options with link monitoring where none was asked for. */
export function withMonitoring(given: readonly (readonly [string, string])[]): readonly (readonly [string, string])[] {
  return given.some(([name]) => name === 'miimon' || name === 'arp_interval') ? given : [...given, MONITORED];
}
