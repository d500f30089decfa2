/** One DHCP client a link, outliving us; its script writes each lease to a file that we follow, so that all addresses go through one hand. */
import type { Cidr, Family } from '../../sys/ip-address.ts';
import { TOOLBOX_PATH } from '../../sys/paths.ts';
import type { ProcessFacts, Sys } from '../../sys/sys.ts';

export interface Lease {
  readonly address: Cidr;
  readonly gateways: readonly string[];
  readonly nameservers: readonly string[];
}

/** A program of the toolbox that asks for leases. */
export interface DhcpClient {
  /** What it speaks, for people. */
  readonly protocol: 'DHCP' | 'DHCPv6';
  readonly family: Family;
  /** Where the script writes one file for each link; the script finds it in LIFEBOOT_DHCP. */
  readonly directory: string;
  /** Stands in `argv`: whose does not have it is not ours. */
  readonly script: string;
  argv(device: string): readonly string[];
  /** Where it writes its number, for one that overwrites its `argv`. */
  pidFile?(device: string): string;
  /** Whether it can begin on the link as that is now; absent: always. */
  isReady?(sys: Sys, device: string): Promise<boolean>;
  /** Reads what the script wrote; undefined when it holds no usable address. */
  parseLease(text: string): Lease | undefined;
}

/** A lease that came while nobody waited, or a client that died, is noticed after at most this long. */
const LOOK_AGAIN_MS = { withoutLease: 2_000, withLease: 60_000 } as const;

/**
 * Asks for an address on the link until aborted, and tells of each change: a lease, or undefined when it is lost.
 * Throws SysError when the client cannot be started. A client of an earlier run is taken over.
 */
export async function followLease(
  sys: Sys,
  options: { readonly device: string; readonly client: DhcpClient; readonly signal: AbortSignal },
  onLease: (lease: Lease | undefined) => Promise<void>,
): Promise<void> {
  const { device, client, signal } = options;
  await sys.makeDir(client.directory);
  let seen: string | undefined;
  while (!signal.aborted) {
    await ensureClient(sys, device, client, signal);
    const read = new AbortController();
    // Waited for from before the reading on: a lease that is lost right after it is not overlooked.
    const changed = sys.waitForChange(client.directory, lookAgainMs(seen), AbortSignal.any([signal, read.signal]));
    const text = await sys.readText(leaseFile(client, device));
    if (text !== seen) read.abort();
    await changed;
    if (text === seen) continue;
    seen = text;
    await onLease(text === undefined ? undefined : client.parseLease(text));
  }
}

const lookAgainMs = (seen: string | undefined): number => (seen === undefined ? LOOK_AGAIN_MS.withoutLease : LOOK_AGAIN_MS.withLease);

/** Ends the link's client and forgets its lease; the address stays until somebody takes it off. */
export async function endClient(sys: Sys, device: string, client: DhcpClient): Promise<void> {
  for (const { pid } of await clientsOf(sys, device, client)) sys.kill(pid, 'SIGTERM');
  await sys.remove(leaseFile(client, device));
}

/**
 * Our clients on the link. The machine's own, and those of another network namespace that has a link of the same name, are none:
 * /proc may show them all.
 */
export async function clientsOf(sys: Sys, device: string, client: DhcpClient): Promise<readonly ProcessFacts[]> {
  const pidText = client.pidFile === undefined ? undefined : await sys.readText(client.pidFile(device));
  const program = nameOf(client.argv(device)[0]);
  const isNamed = ({ pid, comm }: ProcessFacts) => pid === Number(pidText) && comm === program;
  const isMarked = ({ argv }: ProcessFacts) => nameOf(argv[0]) === program && argv.includes(client.script) && argv.includes(device);
  const alike = (await sys.processes()).filter((each) => isNamed(each) || isMarked(each));
  const ours = await networkNamespaceOf(sys, 'self');
  const near = await Promise.all(alike.map(async ({ pid }) => (await networkNamespaceOf(sys, pid)) === ours));
  return alike.filter((_, place) => near[place]);
}

async function ensureClient(sys: Sys, device: string, client: DhcpClient, signal: AbortSignal): Promise<void> {
  if ((await clientsOf(sys, device, client)).length > 0 || signal.aborted) return;
  if (client.isReady !== undefined && !(await client.isReady(sys, device))) return;
  await sys.launch(client.argv(device), { env: { PATH: TOOLBOX_PATH, LIFEBOOT_DHCP: client.directory }, cwd: '/' });
}

/** `net:[4026531840]`; undefined when the process is gone. */
const networkNamespaceOf = async (sys: Sys, pid: number | 'self'): Promise<string | undefined> =>
  (await sys.facts(`/proc/${pid}/ns/net`).catch(() => undefined))?.target;

const leaseFile = ({ directory }: DhcpClient, device: string): string => `${directory}/${device}`;

const nameOf = (path = ''): string => path.slice(path.lastIndexOf('/') + 1);
