/** The clients of both families: what is asked of a link as a whole. */
import type { Sys } from '../../sys/sys.ts';
import { type DhcpClient, endClient } from './dhcp-client.ts';
import { dhcpcd } from './dhcpcd.ts';
import { udhcpc } from './udhcpc.ts';

const clients: readonly DhcpClient[] = [udhcpc, dhcpcd];

/** Ends our clients of the link, and forgets their leases; the addresses stay until somebody takes them off. */
export async function endClients(sys: Sys, device: string): Promise<void> {
  for (const client of clients) await endClient(sys, device, client);
}
