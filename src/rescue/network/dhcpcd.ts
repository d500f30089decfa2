/** DHCPv6 by dhcpcd, which sets nothing by itself: neither address nor route nor resolv.conf, and reads no file of the machine. */
import { canonicalAddress, familyOf } from '../../sys/ip-address.ts';
import { TOOLBOX } from '../../sys/paths.ts';
import type { Sys } from '../../sys/sys.ts';
import type { DhcpClient, Lease } from './dhcp-client.ts';
import { leaseFields } from './lease-fields.ts';

const SCRIPT = `${TOOLBOX}/lib/lifeboot/dhcpcd-script`;
const DIRECTORY = `${TOOLBOX}/dhcp6`;

export const dhcpcd: DhcpClient = {
  protocol: 'DHCPv6',
  family: 6,
  directory: DIRECTORY,
  script: SCRIPT,
  argv: dhcpcdArgv,
  // Compiled in, as the toolbox's contents.ts has it; the title that takes the place of argv tells too little.
  pidFile: (device) => `/run/lbdhcp/${device}-6.pid`,
  isReady: hasLinkLocal,
  parseLease,
};

/**
 * -B: stays our process to name and end; -t 0: asks for ever. No router solicitation: advertisements are the kernel's. duid ll: made
 * of the MAC (RFC 8415, 11.4), so that a machine without a memory is known to the server again.
 */
function dhcpcdArgv(device: string): readonly string[] {
  const alone = ['-6', '-B', '-f', '/dev/null', '--noconfigure', '--nodev', '--noipv6rs'];
  const asked = ['--duid=ll', '--ia_na', '-t', '0', '-o', 'dhcp6_name_servers'];
  return [`${TOOLBOX}/lib/lifeboot/dhcpcd`, ...alone, ...asked, '-e', `LIFEBOOT_DHCP=${DIRECTORY}`, '-c', SCRIPT, device];
}

/**
 * dhcpcd 9.4.1 with --noconfigure waits for ever for a link-local address that was not there when it began ("delaying DHCPv6 for LL
 * address"). So it begins when there is one, and its script ends it when the carrier, and with it that address, goes.
 */
async function hasLinkLocal(sys: Sys, device: string): Promise<boolean> {
  const lines = ((await sys.readText('/proc/net/if_inet6').catch(() => '')) ?? '').split('\n');
  return lines.some((line) => {
    // if_inet6: address, index, prefix length, scope (20: link), flags (40: tentative, 08: found elsewhere), name.
    const [, , , scope, flags = '', name] = line.trim().split(/\s+/);
    return name === device && scope === '20' && (Number.parseInt(flags, 16) & 0x48) === 0;
  });
}

/** The router, and with it the way out, is told by its advertisements alone; what is on the link, too (RFC 5942). */
function parseLease(text: string): Lease | undefined {
  const fields = leaseFields(text);
  const address = fields.get('ip') ?? '';
  if (familyOf(address) !== 6) return undefined;
  const nameservers = (fields.get('dns') ?? '').split(' ').filter((word) => familyOf(word) !== undefined);
  return { address: { address: canonicalAddress(address), prefix: 128, family: 6 }, gateways: [], nameservers };
}
