/** The machine's own networking, as Debian has it: real ifupdown with dhclient, or real systemd-networkd, in the lab's namespace. */
import { createInterface } from 'node:readline';
import { type Lab, withDeadline } from './network-lab.ts';

export type Manager = 'ifupdown' | 'systemd-networkd';

/** A /run, /etc and lease directory of its own: nothing of the host's is seen or touched, but for the programs. */
const BEGIN = [
  'mount -t tmpfs tmpfs /run',
  'mkdir -p /run/upper /run/work /run/network /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp',
  'mount -t overlay -o lowerdir=/etc,upperdir=/run/upper,workdir=/run/work overlay /etc',
  'mount -t tmpfs tmpfs /etc/network',
  'mount -t tmpfs tmpfs /var/lib/dhcp',
  'mkdir -p /etc/network/if-pre-up.d /etc/network/if-up.d /etc/systemd/network',
  'chown -R systemd-network /run/systemd/netif',
  'echo 0123456789abcdef0123456789abcdef > /etc/machine-id',
].join('\n');

const run: Readonly<Record<Manager, string>> = {
  ifupdown: 'printf "%s" "$1" > /etc/network/interfaces; ifup -a >&2; echo "ended $?"; exec sleep 600',
  // It waits for udev unless /sys is read-only, as in containers.
  'systemd-networkd': [
    'rm -f /etc/systemd/network/*; printf "%s" "$1" > /etc/systemd/network/10-eth0.network',
    'mount -o remount,ro,bind /sys',
    '/lib/systemd/systemd-networkd 2>/run/log & ',
    'until grep -q ADMIN_STATE=configured /run/systemd/netif/links/*; do sleep 0.1; done; echo "ended 0"; exec sleep 600',
  ].join('\n'),
};

/** Starts it with that configuration (interfaces(5), systemd.network(5)) and resolves with its exit code once it has configured eth0. */
export async function startNetworking(lab: Lab, manager: Manager, configuration: string): Promise<number> {
  const child = lab.startProgram(lab.machine, 'sh', '-c', `${BEGIN}\n${run[manager]}`, 'begin', configuration);
  const ended = new Promise<number>((resolve) =>
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('ended ')) resolve(Number(line.slice(6)));
    }),
  );
  return await withDeadline(ended, 40_000, `${manager} to configure eth0`);
}

/** What the machine has on eth0, without what time or chance decides: lifetimes, and routes the kernel makes by itself for IPv6. */
export async function snapshot(lab: Lab): Promise<unknown> {
  const read = async (...argv: readonly string[]): Promise<readonly Record<string, unknown>[]> =>
    JSON.parse((await lab.run(lab.machine, 'ip', '-j', ...argv)) || '[]');
  const links = await read('addr', 'show', 'dev', 'eth0');
  const routes = [await read('-4', 'route', 'show', 'table', 'all'), await read('-6', 'route', 'show', 'table', 'main')].flat();
  return {
    addresses: links
      .flatMap((link) => link['addr_info'] as Record<string, unknown>[])
      .filter((address) => address['scope'] !== 'link')
      .map((address) => without(address, ['valid_life_time', 'preferred_life_time', 'tentative'])),
    routes: routes
      .filter((route) => route['dev'] === 'eth0')
      .map((route) => JSON.stringify(without(route, ['expires', 'pref'])))
      .sort(),
  };
}

function without(row: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row ?? {}).filter(([key]) => !keys.includes(key)));
}
