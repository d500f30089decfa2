/** Which initscripts take the network into their own hands, so that rescue can let go of it first. */
import type { InitScript } from './init-script.ts';

const networkScripts: readonly string[] = [
  'networking',
  'network',
  'network-manager',
  'NetworkManager',
  'systemd-networkd',
  'connman',
  'wicd',
  'ifupdown',
  'ifupdown-ng',
  'ifplugd',
  'dhcpcd',
  'dhcpcd5',
  'netplan',
];

/** By its name, or by what its header says it provides. */
export function isNetworkScript({ name, header }: Pick<InitScript, 'name' | 'header'>): boolean {
  return networkScripts.includes(name) || header.provides.some((provided) => networkScripts.includes(provided));
}
