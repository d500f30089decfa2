/** DHCP by busybox udhcpc: one client a link, outliving us; its script writes each lease to a file that we follow. */
import { type Cidr, familyOf, prefixOfNetmask } from '../../sys/ip-address.ts';
import { TOOLBOX, TOOLBOX_PATH } from '../../sys/paths.ts';
import type { ProcessFacts, Sys } from '../../sys/sys.ts';

export interface Lease {
  readonly address: Cidr;
  readonly gateways: readonly string[];
  readonly nameservers: readonly string[];
}

export interface DhcpPlace {
  /** Where the script writes one file for each link. */
  readonly directory: string;
  readonly script: string;
  readonly path: string;
}

export const dhcpPlace: DhcpPlace = {
  directory: `${TOOLBOX}/dhcp`,
  script: `${TOOLBOX}/lib/lifeboot/udhcpc-script`,
  path: TOOLBOX_PATH,
};

/** A lease that came while nobody waited, or a client that died, is noticed after at most this long. */
const LOOK_AGAIN_MS = { withoutLease: 5_000, withLease: 60_000 } as const;

/**
 * Asks for an address on the link until aborted, and tells of each change: a lease, or undefined when it is lost.
 * Throws SysError when the client cannot be started. A client of an earlier run is taken over.
 */
export async function followLease(
  sys: Sys,
  options: { readonly device: string; readonly place: DhcpPlace; readonly signal: AbortSignal },
  onLease: (lease: Lease | undefined) => Promise<void>,
): Promise<void> {
  const { device, place, signal } = options;
  await sys.makeDir(place.directory);
  let seen: string | undefined;
  while (!signal.aborted) {
    await ensureClient(sys, device, place, signal);
    const text = await sys.readText(`${place.directory}/${device}`);
    if (text !== seen) {
      seen = text;
      await onLease(text === undefined ? undefined : parseLease(text));
      continue;
    }
    await sys.waitForChange(place.directory, seen === undefined ? LOOK_AGAIN_MS.withoutLease : LOOK_AGAIN_MS.withLease, signal);
  }
}

/** Ends the link's client and forgets its lease; the address stays until somebody takes it off. */
export async function endClient(sys: Sys, device: string, place: DhcpPlace): Promise<void> {
  for (const client of await clientsOf(sys, device)) sys.kill(client.pid, 'SIGTERM');
  await sys.remove(`${place.directory}/${device}`);
}

/** Reads what the script wrote; undefined when it holds no usable address. */
export function parseLease(text: string): Lease | undefined {
  const fields = new Map(text.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const));
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

async function ensureClient(sys: Sys, device: string, place: DhcpPlace, signal: AbortSignal): Promise<void> {
  if ((await clientsOf(sys, device)).length > 0 || signal.aborted) return;
  await sys.launch(clientArgv(device, place), { env: { PATH: place.path, LIFEBOOT_DHCP: place.directory }, cwd: '/' });
}

/**
 * -f: stays our process to name and end; -t -T -A: four questions, 3 s apart, again every 5 s for ever. -a: an offered
 * address that somebody answers for within half a second is declined. -C: no client identifier,
 * so the server knows the machine by its MAC alone (RFC 2131, 4.2), and gives the machine's own client, whatever identifier that
 * has, the same address: a lease without an identifier is found by MAC.
 */
export function clientArgv(device: string, place: DhcpPlace): readonly string[] {
  return ['udhcpc', '-f', '-i', device, '-t', '4', '-T', '3', '-A', '5', '-a500', '-C', '-s', place.script];
}

export async function clientsOf(sys: Sys, device: string): Promise<readonly ProcessFacts[]> {
  const isOurs = ({ argv }: ProcessFacts) => /(^|\/)udhcpc$/.test(argv[0] ?? '') && argv[argv.indexOf('-i') + 1] === device;
  return (await sys.processes()).filter(isOurs);
}

const addressesIn = (text = ''): readonly string[] => text.split(' ').filter((word) => familyOf(word) === 4);
