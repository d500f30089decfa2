/** Every key of `lifeboot.toml` in one table: its check, its default, its meaning. The README's table is made from it. */
import * as v from 'valibot';
import { handoverPolicies } from './handover-policy.ts';
import { fsckModes, fsckRepairs } from './kernel-options.ts';
import { integer, isAddress, oneOf, type Setting, setting, yesOrNo } from './setting-kinds.ts';
import { unhealthyPolicies } from './unhealthy-policy.ts';

/** Sections and keys as they are spelled in the file. `[[network]]` is apart: see network-setting.ts. */
const settings = {
  rescue: {
    port: { ...integer(2222, 1, 65_535, 'a port number'), does: 'TCP port of the rescue sshd', kernelOption: 'lifeboot.port' },
    listen: {
      ...setting('::', v.pipe(v.string(), v.check(isAddress)), 'an IPv4 or IPv6 address'),
      does: 'address it listens on; :: is both families, and 0.0.0.0 on a kernel without IPv6',
    },
    login_grace_seconds: { ...integer(60, 1, 3600, 'whole seconds'), does: 'time a client has to log in' },
    max_startups: {
      ...integer(100, 1, 1000, 'a whole number'),
      does: 'connections that may be logging in at once; twice as many for two seconds',
    },
    max_auth_tries: { ...integer(6, 1, 100, 'a whole number'), does: 'keys a client may offer' },
    max_sessions: { ...integer(10, 1, 1000, 'a whole number'), does: 'open sessions per connection' },
    max_connections: { ...integer(200, 1, 100_000, 'a whole number'), does: 'connections at once, logged in or not' },
    unused_timeout_seconds: {
      ...integer(3600, 0, 604_800, 'whole seconds'),
      does: 'after which a connection without any session or forwarding is closed; 0 is never',
    },
    client_alive_interval_seconds: {
      ...integer(30, 1, 3600, 'whole seconds'),
      does: 'after which a silent client is asked whether it is there',
    },
    client_alive_count_max: {
      ...integer(10, 1, 1000, 'a whole number'),
      does: 'how often it is asked before its connection is closed; an unplugged cable is survived for as long',
    },
    max_penalty_seconds: {
      ...integer(60, 0, 600, 'whole seconds'),
      does: 'how long an address that fails to log in again and again is served late; 0 is not at all',
    },
    recording: { ...yesOrNo(true), does: 'terminals of sessions are recorded: see `lifeboot sessions`' },
    recording_input: { ...yesOrNo(false), does: 'what is typed is recorded as well, passwords with it' },
    recording_max_mib: { ...integer(8, 1, 256, 'whole MiB'), does: 'what one recording may take' },
    recordings_total_mib: {
      ...integer(64, 1, 65_536, 'whole MiB'),
      does: 'what all may take in memory, and again on the root; the oldest go',
    },
    dhcp: {
      ...setting(true, v.boolean(), 'true, false'),
      does: 'DHCP is asked on links with a carrier where nothing else gave the machine an address',
    },
    network_handover: {
      ...oneOf('adopt', handoverPolicies),
      does: "what becomes of our addresses when the machine's own networking starts: release takes them off first, adopt keeps them reachable until the machine has its own, keep leaves them on",
      kernelOption: 'lifeboot.handover',
    },
  },
  boot: {
    door_wait_seconds: { ...integer(20, 0, 3600, 'whole seconds'), does: 'how long the root phases wait for the rescue door to open' },
    root_wait_seconds: {
      ...integer(30, 0, 86_400, 'whole seconds'),
      does: 'in initramfs mode: how long a root device that is not there is waited for; `rootdelay=` can make it longer, `rootwait` endless',
    },
    handover: {
      ...setting('', v.pipe(v.string(), v.regex(/^(?:\/\S+)?$/)), 'an absolute path without blanks, as in "/lib/systemd/systemd"'),
      does: "the init that gets the machine once the root is entered, with rescue staying; empty: lifeboot starts the image's initscripts itself",
      kernelOption: 'lifeboot.init',
    },
    hold_repeat_seconds: { ...integer(30, 1, 86_400, 'whole seconds'), does: 'how often the console repeats why the boot is held' },
  },
  fsck: {
    mode: { ...oneOf('auto', fsckModes), does: 'when the root is checked', kernelOption: 'fsck.mode' },
    repair: { ...oneOf('preen', fsckRepairs), does: 'what is repaired without asking', kernelOption: 'fsck.repair' },
    filesystems: {
      ...oneOf('lifeboot', ['lifeboot', 'image']),
      does: "who checks and mounts what fstab names beside the root: lifeboot, in the place of checkfs.sh and mountall.sh, or the image's own scripts",
    },
    failed_filesystem: {
      ...oneOf('degrade', ['degrade', 'hold']),
      does: 'what one of them that fails its check, and so is not mounted, or cannot be mounted does: the boot goes on and is judged bad, or is held',
    },
    silence_hours: {
      ...integer(1, 1, 100, 'whole hours'),
      does: 'how long a check may say nothing; one that still moves is never ended',
    },
    undo_directory: {
      ...setting('/run/lifeboot/undo', v.pipe(v.string(), v.regex(/^\/[^\0]*$/)), 'an absolute path, on another disk than the root'),
      does: 'where the undo files of a repair go',
    },
  },
  scripts: {
    runlevel: { ...integer(2, 2, 5, 'a run level'), does: 'whose /etc/rcN.d comes up after rcS.d' },
    start_timeout_seconds: {
      ...integer(90, 1, 86_400, 'whole seconds'),
      does: 'how long an initscript may take to start',
      kernelOption: 'lifeboot.timeout',
    },
    stop_timeout_seconds: { ...integer(90, 1, 86_400, 'whole seconds'), does: 'how long an initscript may take to stop' },
    parallel: {
      ...setting<'auto' | number>(
        'auto',
        v.union([v.literal('auto'), v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000))]),
        '"auto", or a whole number from 1 to 1000',
      ),
      does: 'how many initscripts of one tier may start at once; 1 is one after another, auto what the machine takes',
      kernelOption: 'lifeboot.parallel',
    },
    failed_need: {
      ...oneOf('start', ['start', 'skip']),
      does: 'what becomes of an initscript when one that it names in Required-Start has failed: it starts all the same, as under sysvinit, or is skipped, and whoever needs it in turn',
    },
    tier_failures: {
      ...integer(0, 0, 1000, 'a whole number'),
      does: 'the boot is held at a tier of which so many initscripts did not start; those with X-On-Failure: ignore do not count; 0 is never',
    },
    skip: {
      ...setting<readonly string[]>([], v.array(v.pipe(v.string(), v.regex(/^[^/\s]+$/))), 'a list of script names'),
      does: 'initscripts that are not started',
      kernelOption: 'lifeboot.skip',
    },
  },
  console: {
    verbose: {
      ...yesOrNo(false),
      does: 'what initscripts say is shown on the console while they say it, each line with the name of its script',
      kernelOption: 'lifeboot.verbose',
    },
    shell: {
      ...oneOf('off', ['off', 'password', 'open']),
      does: 'a rescue shell on the serial console and tty1, before the check, while held and later; password wants `lifeboot install --console-password-hash`',
    },
  },
  health: {
    timeout_seconds: { ...integer(60, 1, 86_400, 'whole seconds'), does: 'how long all checks together may take to become healthy' },
    on_unhealthy: {
      ...oneOf('restart', unhealthyPolicies),
      does: 'what a daemon that dies or becomes unhealthy after the boot gets; `X-On-Unhealthy` of its header goes before. What runs once, and networking, is never restarted unless its header says so',
    },
    period_seconds: { ...integer(10, 1, 3600, 'whole seconds'), does: 'how often a check without `period=` is made after the boot' },
    restart_delay_seconds: { ...integer(1, 1, 3600, 'whole seconds'), does: 'before the first restart; doubled with each one that counts' },
    restart_delay_max_seconds: { ...integer(60, 1, 86_400, 'whole seconds'), does: 'the longest that wait becomes' },
    restart_limit: {
      ...integer(5, 0, 1000, 'a whole number'),
      does: 'restarts of one script within the window that count; after that it is degraded',
    },
    restart_window_seconds: { ...integer(600, 1, 604_800, 'whole seconds'), does: 'how long a restart counts' },
    restarts_at_once: { ...integer(2, 1, 100, 'a whole number'), does: 'how many restarts may run at the same time' },
  },
  metrics: {
    textfile_directory: {
      ...setting('', v.pipe(v.string(), v.regex(/^(?:\/[^\0]*)?$/)), 'an absolute path, as in "/var/lib/prometheus/node-exporter"'),
      does: "where lifeboot.prom is kept for the textfile collector of Prometheus' node_exporter; empty: nowhere",
    },
  },
  log: {
    kernel: { ...yesOrNo(true), does: 'events go into the kernel log, at level debug, for dmesg, netconsole and pstore' },
    syslog: {
      ...yesOrNo(true),
      does: 'events go to the syslog daemon once the boot is over, those from before it as well: daemon, sessions to authpriv',
    },
  },
  network_timeouts: {
    iflink_seconds: { ...integer(30, 1, 3600, 'whole seconds'), does: 'until a link is there', kernelOption: 'rd.net.timeout.iflink' },
    carrier_seconds: { ...integer(10, 1, 3600, 'whole seconds'), does: 'until it has a carrier', kernelOption: 'rd.net.timeout.carrier' },
    ifup_seconds: {
      ...integer(20, 1, 3600, 'whole seconds'),
      does: 'until a bond, bridge or VLAN is up',
      kernelOption: 'rd.net.timeout.ifup',
    },
    dhcp_seconds: {
      ...integer(30, 1, 3600, 'whole seconds'),
      does: 'until a DHCP server has answered',
      kernelOption: 'rd.net.timeout.dhcp',
    },
    dhcp_retry: { ...integer(1, 1, 1000, 'a whole number'), does: 'how often that time is waited', kernelOption: 'rd.net.dhcp.retry' },
    route_seconds: {
      ...integer(20, 1, 3600, 'whole seconds'),
      does: "until a route's gateway can be reached from a link",
      kernelOption: 'rd.net.timeout.route',
    },
    ipv6dad_seconds: {
      ...integer(50, 1, 3600, 'whole seconds'),
      does: 'until duplicate address detection has ended',
      kernelOption: 'rd.net.timeout.ipv6dad',
    },
    ipv6auto_seconds: {
      ...integer(40, 1, 3600, 'whole seconds'),
      does: 'until a router advertisement has given an address',
      kernelOption: 'rd.net.timeout.ipv6auto',
    },
  },
} as const satisfies Record<string, Record<string, Setting<unknown>>>;

type ValueOf<S> = S extends { readonly schema: v.GenericSchema<unknown, infer T> } ? T : never;

/** The values of all settings, spelled as in the file: `values.rescue.login_grace_seconds`. */
export type Settings = {
  readonly [Section in keyof typeof settings]: {
    readonly [Key in keyof (typeof settings)[Section]]: ValueOf<(typeof settings)[Section][Key]>;
  };
};

export type SettingRow = Setting<unknown> & { readonly section: string; readonly key: string };

/** The table as rows, in its order. */
export const settingRows: readonly SettingRow[] = Object.entries(settings).flatMap(([section, keys]) =>
  Object.entries<Setting<unknown>>(keys).map(([key, row]) => ({ ...row, section, key })),
);

/** What counts where nobody wrote anything. */
export function defaultSettings(): Settings {
  const values: Record<string, Record<string, unknown>> = {};
  for (const { section, key, fallback } of settingRows) {
    values[section] = { ...values[section], [key]: fallback };
  }
  return values as Settings;
}

/** The rows of the README's configuration table, in Markdown. */
export function formatSettings(): string {
  const rows = settingRows.map((row) => {
    const kernel = row.kernelOption === undefined ? '' : `\`${row.kernelOption}=\``;
    return `| \`[${row.section}] ${row.key}\` | \`${JSON.stringify(row.fallback)}\` | ${row.does} | ${row.accepted} | ${kernel} |`;
  });
  return ['| key | default | does | accepted | kernel option |', '|---|---|---|---|---|', ...rows].join('\n');
}
