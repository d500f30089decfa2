/** A report as an exploration of a Debian image would write it: every type, every verdict. Also what the chart ring looks at. */
import { createHash } from 'node:crypto';
import type {
  JudgedFinding,
  Judgement,
  Mend,
  RaceReport,
  RaceType,
  Site,
  VerdictKind,
  Witness,
} from '../../../../../src/init/races/report/finding.ts';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

/** `dbus: dbus-daemon[612] bind(unix:/run/x) = EADDRINUSE @12.5` as a site. */
function site(line: string, lineage: readonly string[] = []): Site {
  const found = /^(\S+): (\S+)\[(\d+)\] ([a-z-]+)\((.*)\)(?: = (E[A-Z]+))? @([\d.]+)$/.exec(line);
  if (found === null) throw new Error(line);
  const [, script = '', process = '', pid, call = '', argument = '', error, at] = found;
  return { script, process, pid: Number(pid), call, argument, ...(error && { error }), atMs: Number(at), ...(lineage[0] && { lineage }) };
}

interface Row {
  readonly type: RaceType;
  readonly object: string;
  readonly first: Site;
  readonly second: Site;
  readonly mechanism: string;
  readonly judgement: Partial<Judgement> & { readonly verdict: VerdictKind };
  readonly more?: Partial<JudgedFinding>;
  readonly others?: readonly Witness[];
  readonly mends?: readonly Mend[];
  readonly tier?: string;
}

function finding(row: Row): JudgedFinding {
  const { type, object, first, second, mechanism, judgement, more = {}, others = [], mends = [], tier = 'rc2.d/S02' } = row;
  const scripts = [first.script, second.script] as const;
  return {
    id: sha(`${type} ${scripts.join(' ')} ${object}`).slice(0, 12),
    type,
    tier,
    scripts,
    directed: ['T1', 'T2', 'T6', 'T7', 'T9'].includes(type),
    witnesses: [{ type, object, first, second, trace: 'boot-1' }, ...others],
    witnessCount: 1 + others.length,
    slackMs: { min: Math.round(second.atMs - first.atMs) / 2, median: second.atMs - first.atMs, traces: 5 },
    score: 0.5,
    mechanism,
    declaredEdge: type === 'T7',
    judgement: { differences: [], trials: 6, ...judgement },
    mends,
    ...more,
  };
}

const dbusDiff = `--- a/etc/init.d/avahi-daemon
+++ b/etc/init.d/avahi-daemon
@@ -1,7 +1,7 @@
 #!/bin/sh
 ### BEGIN INIT INFO
 # Provides:          avahi
-# Required-Start:    $remote_fs
+# Required-Start:    $remote_fs dbus
 # Required-Stop:     $remote_fs
 # Default-Start:     2 3 4 5
 # Default-Stop:      0 1 6
`;

const findings: readonly JudgedFinding[] = [
  finding({
    type: 'T1',
    object: 'address unix:/run/dbus/system_bus_socket',
    first: site('dbus: dbus-daemon[612] listen(unix:/run/dbus/system_bus_socket) @5210.4', ['start-stop-daemon', 'dbus-daemon']),
    second: site('avahi-daemon: avahi-daemon[640] connect(unix:/run/dbus/system_bus_socket) @5312.9', ['avahi-daemon', 'avahi-daemon']),
    mechanism: 'avahi-daemon connects to the bus that dbus has yet to open, and ends.',
    judgement: {
      verdict: 'confirmed',
      goodOrder: 'dbus before avahi-daemon',
      badOrder: 'avahi-daemon before dbus',
      differences: ['script avahi-daemon exit: 1 instead of 0', 'listen udp:0.0.0.0:5353: nobody instead of avahi-daemon'],
      reproduce: 'npm run vm -- races --image debian.img --trial hold:avahi-daemon<dbus --seed 17',
    },
    more: { score: 0.92, slackMs: { min: 14.2, median: 102.5, traces: 5 } },
    others: [
      {
        type: 'T1',
        object: 'name /run/dbus/pid',
        first: site('dbus: dbus-daemon[612] open(/run/dbus/pid) @5211.0', ['start-stop-daemon', 'dbus-daemon']),
        second: site('avahi-daemon: avahi-daemon[640] look(/run/dbus/pid) @5313.1'),
        trace: 'boot-1',
      },
    ],
    mends: [
      {
        summary: 'Required-Start: dbus in avahi-daemon',
        diff: dbusDiff,
        override: { path: '/etc/insserv/overrides/avahi-daemon', text: '### BEGIN INIT INFO\n# Provides: avahi\n### END INIT INFO\n' },
        costMs: 130,
        verified: true,
        edits: [{ script: 'avahi-daemon', key: 'Required-Start', value: '$remote_fs dbus' }],
        tier: 'rc2-5.d/S03',
      },
      {
        summary: 'X-Start-Before: avahi in dbus',
        costMs: 130,
        verified: false,
        edits: [{ script: 'dbus', key: 'X-Start-Before', value: 'avahi' }],
        tier: 'rc2-5.d/S03',
      },
    ],
  }),
  finding({
    type: 'T2',
    object: 'name /tmp/.s.PGSQL.5432',
    first: site('bootclean: rm[701] unlink(/tmp/.s.PGSQL.5432) = ENOENT @6020.0', ['find', 'rm']),
    second: site('postgresql: postgres[733] bind(unix:/tmp/.s.PGSQL.5432) @6090.3', ['pg_ctlcluster', 'postgres']),
    mechanism: 'bootclean removes the socket that postgresql has made: it runs, and nobody can reach it.',
    judgement: {
      verdict: 'divergent',
      goodOrder: 'bootclean before postgresql',
      badOrder: 'postgresql before bootclean',
      differences: ['file /tmp/.s.PGSQL.5432: absent instead of s 0777 postgres:postgres'],
      reproduce: 'npm run vm -- races --image debian.img --trial serial:postgresql,bootclean --seed 4',
    },
    more: { score: 0.61 },
    mends: [
      { summary: 'Should-Start: bootclean in postgresql', costMs: 0, verified: true, tier: 'rc2-5.d/S03' },
      { summary: 'let bootclean spare sockets: find … ! -type s', verified: false },
    ],
  }),
  finding({
    type: 'T3',
    object: 'sysctl net.ipv4.ip_forward',
    first: site('procps: sysctl[410] write(/proc/sys/net/ipv4/ip_forward) @3100.0', ['sysctl']),
    second: site('firewall: sh[433] write(/proc/sys/net/ipv4/ip_forward) @3101.5'),
    mechanism: 'procps and firewall both set net.ipv4.ip_forward, and the last one wins.',
    judgement: {
      verdict: 'divergent',
      goodOrder: 'procps before firewall',
      badOrder: 'firewall before procps',
      differences: ['sysctl net.ipv4.ip_forward: 0 instead of 1'],
    },
    more: { score: 0.8, slackMs: { min: -0.8, median: 1.5, traces: 5 } },
    tier: 'rcS.d/S05',
  }),
  finding({
    type: 'T4',
    object: 'address udp:0.0.0.0:123',
    first: site('ntpsec: ntpd[820] bind(udp:0.0.0.0:123) @7001.0', ['start-stop-daemon', 'ntpd']),
    second: site('ntpdate: ntpdate[824] bind(udp:0.0.0.0:123) = EADDRINUSE @7040.0', ['run-parts', 'ntpdate']),
    mechanism: 'ntpsec and ntpdate both want udp port 123: who comes second gets EADDRINUSE.',
    judgement: {
      verdict: 'confirmed',
      goodOrder: 'ntpsec before ntpdate',
      badOrder: 'ntpdate before ntpsec',
      differences: ['script ntpsec exit: 255 instead of 0'],
      reproduce: 'npm run vm -- races --image debian.img --trial nested:ntpdate@bind:ntpsec --seed 9',
      trials: 3,
    },
    more: { score: 0.74 },
  }),
  finding({
    type: 'T5',
    object: 'name /run/ifstate.lock',
    first: site('ifupdown: sh[300] look(/run/ifstate.lock) = ENOENT @2500.0'),
    second: site('hotplug: sh[310] open(/run/ifstate.lock) @2501.2'),
    mechanism: 'ifupdown looks for the lock file and makes it later; hotplug makes it in between, and both believe they hold it.',
    judgement: { verdict: 'latent', differences: ['file /run/ifstate: 2 lines instead of 3'], trials: 2 },
    more: { score: 0.4 },
    tier: 'rcS.d/S05',
  }),
  finding({
    type: 'T6',
    object: 'name /var/lib/urandom',
    first: site('mountvar: mount[210] mount(/var) @1800.0', ['mount']),
    second: site('urandom: dd[230] open(/var/lib/urandom/random-seed) @1911.0', ['dd']),
    mechanism: 'mountvar mounts over the directory in which urandom writes: the seed lies below the mount, and is lost.',
    judgement: { verdict: 'predicted', trials: 0 },
    more: { score: 0.55 },
    tier: 'rcS.d/S03',
    mends: [{ summary: 'Required-Start: $local_fs in urandom', costMs: 40, verified: false, tier: 'rcS.d/S40' }],
  }),
  finding({
    type: 'T7',
    object: 'address tcp:127.0.0.1:6379',
    first: site('redis: redis-server[900] listen(tcp:127.0.0.1:6379) @8100.0', ['redis-server', 'redis-server']),
    second: site('shop: node[960] connect(tcp:127.0.0.1:6379) @8101.0', ['node']),
    mechanism: 'shop waits for the end of the script redis, which ends before its daemon listens.',
    judgement: {
      verdict: 'confirmed',
      goodOrder: 'redis listens before shop connects',
      badOrder: 'shop connects before redis listens',
      differences: ['script shop exit: 1 instead of 0', 'health shop http:8080: unhealthy instead of healthy'],
      reproduce: 'npm run vm -- races --image debian.img --trial call:redis@listen:shop --seed 31',
    },
    more: { score: 0.88, slackMs: { min: 0.4, median: 1, traces: 5 } },
    mends: [{ summary: 'X-Ready: notify in redis, where its daemon speaks sd_notify(3)', costMs: 210, verified: false }],
  }),
  finding({
    type: 'T8',
    object: 'address tcp:0.0.0.0:631',
    first: site('cups: cupsd[1010] bind(tcp:0.0.0.0:631) @9000.0', ['cupsd']),
    second: site('nfs-common: rpc.statd[1004] bind(tcp:0.0.0.0:873) @9105.0', ['rpc.statd']),
    mechanism: 'nfs-common takes any free port below 1024, and that may be 631, which cups needs.',
    judgement: { verdict: 'flaky-base', differences: ['listen tcp:631: rpc.statd instead of cupsd'], trials: 12 },
    more: { score: 0.35 },
  }),
  finding({
    type: 'T9',
    object: 'event uevent add net/eth0',
    first: site('udev-helper: udevadm[400] open(netlink:uevent) @2000.0', ['udevadm']),
    second: site('modules: modprobe[420] module(e1000) @2200.0', ['modprobe']),
    mechanism: 'modules makes eth0 appear before udev-helper listens: the event does not come again.',
    judgement: { verdict: 'unreachable', trials: 2 },
    more: { score: 0.3 },
    tier: 'rcS.d/S02',
  }),
  finding({
    type: 'T3',
    object: 'name /etc/motd',
    first: site('motd: sh[1100] open(/etc/motd) @9300.0'),
    second: site('banner: sh[1102] open(/etc/motd) @9301.0'),
    mechanism: 'motd and banner both write /etc/motd, and the last one wins.',
    judgement: { verdict: 'benign', trials: 4 },
    more: { score: 0.1 },
  }),
];

export const sampleReport: RaceReport = {
  version: 1,
  kernel: '6.1.0-32-amd64',
  traces: ['boot-1', 'boot-2', 'boot-3', 'boot-4', 'boot-5'],
  scripts: [...new Set(findings.flatMap(({ scripts, tier }) => scripts.map((name) => `${tier} ${name}`)))].sort().map((line) => {
    const [tier = '', name = ''] = line.split(' ');
    return { name, tier, sha256: sha(name) };
  }),
  coverage: ['no probe for locks (locks_lock_inode_wait is not in this kernel)', 'nfs-kernel-server never ran'],
  findings,
  benign: [
    { rule: 'append', reason: 'both only append to the same file', pairs: 214 },
    { rule: 'make-dir', reason: 'both make the same directory, and accept that it is there', pairs: 31 },
  ],
  redundant: [{ from: 'ssh', to: 'rsyslog', witness: '/etc/init.d/ssh:5: Required-Start: $syslog', gainMs: 85 }],
};

/** The same report with every name as an enemy would choose it. */
export function hostileReport(evil: string): RaceReport {
  const spoil = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string') return ['id', 'type', 'verdict', 'sha256', 'error', 'until'].includes(key) ? value : `${value}${evil}`;
    if (Array.isArray(value)) return value.map((each) => spoil(each, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, spoil(each, name)]));
  };
  const accepted = sampleReport.findings.map((each, index) =>
    index === 0 ? { ...each, accepted: { reason: 'why', until: '2027-01-01' } } : each,
  );
  return spoil({ ...sampleReport, findings: accepted }) as RaceReport;
}

/** As many findings as a fleet's image may have. */
export function largeReport(count: number): RaceReport {
  const many = Array.from({ length: count }, (_, index): JudgedFinding => {
    const base = findings[index % findings.length] as JudgedFinding;
    const [one, two] = base.scripts.map((name) => (index < findings.length ? name : `${name}-${Math.floor(index / findings.length)}`));
    return { ...base, id: sha(`${base.id} ${index}`).slice(0, 12), scripts: [one ?? '', two ?? ''], score: (index % 97) / 97 };
  });
  return { ...sampleReport, findings: many };
}
