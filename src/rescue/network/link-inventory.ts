/** What is on a link, before and after the hand-over: addresses, routes, and the programs that look after them. */
import { formatCidr } from '../../sys/ip-address.ts';
import type { ProcessFacts, Sys } from '../../sys/sys.ts';
import { readLinks } from './network-command.ts';

export interface Inventory {
  readonly device: string;
  /** `10.0.2.15/24`, without link-local ones: those are the kernel's. */
  readonly addresses: readonly string[];
  /** `default via 10.0.2.2 metric 100`, without those the kernel makes of an address. */
  readonly routes: readonly string[];
  /** `udhcpc 77`: DHCP clients that name the link, and daemons that have all links. */
  readonly clients: readonly string[];
}

const ROUTES_MS = 10_000;
const linkClients: readonly string[] = ['udhcpc', 'dhclient', 'dhcpcd', 'dhcp6c', 'udhcpc6', 'wpa_supplicant'];
const machineManagers: readonly string[] = ['systemd-networkd', 'NetworkManager', 'connmand', 'dhcpcd'];

/** Never throws: what cannot be read is left out. */
export async function readInventory(sys: Sys, devices: readonly string[]): Promise<readonly Inventory[]> {
  const [links, routes, processes] = await Promise.all([readLinks(sys), readRoutes(sys), sys.processes().catch(() => [])]);
  return devices.map((device) => ({
    device,
    addresses: links
      .filter((link) => link.name === device)
      .flatMap((link) => link.addresses.filter((address) => address.scope !== 'link').map(formatCidr)),
    routes: routes.filter((route) => route['dev'] === device && route['protocol'] !== 'kernel').map(formatRoute),
    clients: processes.filter((each) => looksAfter(each, device)).map(({ argv, pid }) => `${nameOf(argv)} ${pid}`),
  }));
}

/** In one line: `10.0.2.15/24, default via 10.0.2.2, dhclient 812`. */
export function formatInventory({ addresses, routes, clients }: Inventory): string {
  return [...addresses, ...routes, ...clients].join(', ') || 'nothing';
}

type Row = Readonly<Record<string, unknown>>;

async function readRoutes(sys: Sys): Promise<readonly Row[]> {
  const outputs = ['-4', '-6'].map((family) =>
    sys.run(['ip', '-j', family, 'route', 'show'], { timeoutMs: ROUTES_MS }).catch(() => undefined),
  );
  return (await Promise.all(outputs)).flatMap((ran) => parseRows(ran?.stdout ?? ''));
}

function parseRows(json: string): readonly Row[] {
  try {
    const rows: unknown = JSON.parse(json);
    return Array.isArray(rows) ? rows.filter((row) => typeof row === 'object' && row !== null) : [];
  } catch {
    return [];
  }
}

function formatRoute({ dst, gateway, metric }: Row): string {
  return [String(dst), ...(gateway === undefined ? [] : [`via ${gateway}`]), ...(metric === undefined ? [] : [`metric ${metric}`])].join(
    ' ',
  );
}

function looksAfter({ argv }: ProcessFacts, device: string): boolean {
  const name = nameOf(argv);
  return machineManagers.includes(name) || (linkClients.includes(name) && argv.some((word) => word.split('=').at(-1) === device));
}

const nameOf = (argv: readonly string[]): string => (argv[0] ?? '').split('/').at(-1)?.replace(/:$/, '') ?? '';
