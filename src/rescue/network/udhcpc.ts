/** DHCP for IPv4 by busybox udhcpc. */
import { familyOf, prefixOfNetmask } from '../../sys/ip-address.ts';
import { TOOLBOX } from '../../sys/paths.ts';
import type { DhcpClient, Lease } from './dhcp-client.ts';
import { leaseFields } from './lease-fields.ts';

const SCRIPT = `${TOOLBOX}/lib/lifeboot/udhcpc-script`;

export const udhcpc: DhcpClient = {
  protocol: 'DHCP',
  family: 4,
  directory: `${TOOLBOX}/dhcp`,
  script: SCRIPT,
  argv: udhcpcArgv,
  parseLease,
};

/**
 * -f: stays our process to name and end; -t -T -A: four questions, 3 s apart, again every 5 s for ever. -a: an offered
 * address that somebody answers for within half a second is declined. -C: no client identifier,
 * so the server knows the machine by its MAC alone (RFC 2131, 4.2), and gives the machine's own client, whatever identifier that
 * has, the same address: a lease without an identifier is found by MAC.
 */
function udhcpcArgv(device: string): readonly string[] {
  return ['udhcpc', '-f', '-i', device, '-t', '4', '-T', '3', '-A', '5', '-a500', '-C', '-s', SCRIPT];
}

function parseLease(text: string): Lease | undefined {
  const fields = leaseFields(text);
  const address = fields.get('ip') ?? '';
  // udhcpc gives the netmask as a prefix length.
  const prefix = prefixOfNetmask(fields.get('mask') ?? '') ?? 24;
  if (familyOf(address) !== 4) return undefined;
  return {
    address: { address, prefix, family: 4 },
    gateways: addressesIn(fields.get('router')).slice(0, 1),
    nameservers: addressesIn(fields.get('dns')),
  };
}

const addressesIn = (text = ''): readonly string[] => text.split(' ').filter((word) => familyOf(word) === 4);
