/** Every parser that reads what others wrote: files, the kernel's words, programs' outputs. */
import { parseFstab } from '../../src/fsck/fstab.ts';
import { InitRequestSplitter } from '../../src/init/init-request.ts';
import { parseInittab } from '../../src/init/inittab.ts';
import { parseLsbHeader } from '../../src/init/lsb-header.ts';
import { parseTrace } from '../../src/init/races/trace/parse-trace.ts';
import { formatTrace } from '../../src/init/races/trace/trace-format.ts';
import { parseRecording } from '../../src/rescue/audit/parse-recording.ts';
import { parseScpCommand } from '../../src/rescue/audit/scp-command.ts';
import { parseSftpLog } from '../../src/rescue/audit/sftp-log.ts';
import { parseAuthorizedPrincipals } from '../../src/rescue/auth/auth-principals.ts';
import { parseAuthorizedKeys } from '../../src/rescue/auth/authorized-keys.ts';
import { isGenuine, parseCertificate } from '../../src/rescue/auth/certificate.ts';
import { certificateOptions } from '../../src/rescue/auth/certificate-options.ts';
import { parseHostCertificate } from '../../src/rescue/auth/host-certificate.ts';
import { parseRevokedKeys } from '../../src/rescue/auth/revoked-keys.ts';
import { parseSecurityKeySignature, parseSignature } from '../../src/rescue/auth/signature.ts';
import { parseTrustedAuthorities } from '../../src/rescue/auth/trusted-authorities.ts';
import { dhcpcd } from '../../src/rescue/network/dhcpcd.ts';
import { parseLinks, parseRoutes } from '../../src/rescue/network/network-facts.ts';
import { checkTable, findRows } from '../../src/rescue/network/network-table.ts';
import { readWishes } from '../../src/rescue/network/read-wishes.ts';
import { udhcpc } from '../../src/rescue/network/udhcpc.ts';
import { parseCmdline } from '../../src/sys/cmdline.ts';
import { parseConfigFile } from '../../src/sys/config-file.ts';
import { parseKernelOptions } from '../../src/sys/kernel-options.ts';
import { parseMountinfo } from '../../src/sys/mountinfo.ts';
import { defaultSettings } from '../../src/sys/settings.ts';
import { SysError } from '../../src/sys/sys.ts';
import { initRequestBytes } from '../fake/init-request-bytes.ts';
import { mutateBytes, mutateText } from './mutate.ts';
import { randomOf } from './random.ts';
import { certificate, krl } from './samples.ts';
import type { Target } from './target.ts';

const ED25519 = `ssh-ed25519 ${Buffer.concat([
  ...[Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.from([0, 0, 0, 32]), randomOf(1, 1).bytes(32)],
]).toString('base64')}`;

const ofText = (name: string, share: number, texts: readonly string[], parse: (text: string) => unknown): Target => ({
  name,
  share,
  run: (random) => void parse(mutateText(random, texts)),
});

const ofBytes = (name: string, share: number, good: readonly Buffer[], parse: (bytes: Buffer) => unknown): Target => ({
  name,
  share,
  run: (random) => void parse(mutateBytes(random, random.pick(good))),
});

/** Of what the kernel writes, a broken line is a surprise: the caller hears of it. */
const orSysError = (parse: (text: string) => unknown) => (text: string) => {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
};

const authorizedKeys = [
  `${ED25519} operator@example\n`,
  `# all of them\nrestrict,pty,from="10.0.0.0/8,!10.1.2.3,2001:db8::/32" ${ED25519} a b\n`,
  `command="/bin/echo \\"hi\\"",environment="A=b",expiry-time="202612312359",permitopen="*:80",permitlisten="8080" ${ED25519}\n`,
  `cert-authority,principals="root,ops",no-port-forwarding,no-touch-required ${ED25519} ca\n`,
];

const certificateLine = `ecdsa-sha2-nistp256-cert-v01@openssh.com ${certificate.toString('base64')} host\n`;
const principals = ['root\n# ops\nfrom="10.0.0.0/8",command="ls" ops\n*-admin\n'];

function readCertificate(blob: Buffer): void {
  const read = parseCertificate(blob);
  if ('fault' in read) return;
  isGenuine(read);
  certificateOptions(read);
}

const kernelWords = [
  ...[
    'ip=10.0.2.15::10.0.2.2:255.255.255.0:host:eth0:off:10.0.2.3:1.1.1.1:pool.ntp.org',
    'ip=dhcp',
    'ip=eth0:dhcp6:1500:52:54:00:12:34:56',
  ],
  ...['ip=[2001:db8::5]::[2001:db8::1]:64:host:eth1:none', 'bond=bond0:eth0,eth1:mode=802.3ad,miimon=100:9000', 'vlan=eth0.5:eth0'],
  ...['bridge=br0:eth0,eth1', 'ifname=net0:52:54:00:12:34:56', 'BOOTIF=01-52-54-00-12-34-56', 'rd.route=10.0.0.0/8:10.0.2.2:eth0'],
  ...[
    'rd.route=[2001:db8::/32]:[fe80::1]:eth0',
    'nameserver=[2001:db8::53]',
    'rd.net.timeout.carrier=10 rd.neednet=1 rd.bootif=0 bootdev=eth0',
  ],
  ...['lifeboot.port=22 lifeboot.skip=nginx,cron lifeboot.hold=check-root fsck.mode=force fsck.repair=no forcefsck', 'a="b c" -- single'],
];

const lifebootToml = [
  '[rescue]\nport = 2222\nlisten = "::"\nmax_startups = 20\n[boot]\ndoor_wait_seconds = 20\n[scripts]\nskip = ["nginx"]\n',
  '[[network]]\ninterface = "eth0"\naddress = ["10.0.2.15/24", "2001:db8::5/64"]\ngateway = "10.0.2.2"\nnameservers = ["10.0.2.3"]\nmtu = 9000\n',
  '[[network]]\ninterface = "bond0"\nmethod = ["dhcp", "auto6"]\nbond = { members = ["eth0", "52:54:00:12:34:56"], mode = "802.3ad", miimon = 50 }\n' +
    'routes = ["10.1.0.0/16 via 10.0.2.9 metric 50"]\n[[network]]\ninterface = "vlan5"\nvlan = { link = "bond0", id = 5 }\npeer = "10.0.0.1"\n',
  '[[network]]\nmac = "52:54:00:12:34:56"\naddress = "dhcp"\n[fsck]\nmode = "force"\nrepair = "no"\ntimeout_hours = 1\n',
];

const networkTable = [
  '# mac address gateway nameservers hostname vlan mtu bond\n52:54:00:12:34:56 10.0.2.15/24,2001:db8::5/64 10.0.2.2,fe80::1 10.0.2.3 web1 5 1500\n',
  '52-54-00-12-34-56,52:54:00:12:34:57\tdhcp,auto6\t-\t-\t-\t-\t9000\tmode=802.3ad,miimon=50\n52:54:00:12:34:56 nonsense\n',
];

const ipJson = [
  '[{"ifindex":2,"ifname":"eth0","flags":["UP","LOWER_UP"],"mtu":1500,"operstate":"UP","link_type":"ether","address":"52:54:00:12:34:56","master":"bond0",' +
    '"linkinfo":{"info_slave_data":{"perm_hwaddr":"52:54:00:12:34:57"}},"addr_info":[{"family":"inet","local":"10.0.2.15","prefixlen":24,"scope":"global"}]}]',
  '[{"dst":"default","gateway":"10.0.2.2","dev":"eth0"},{"dst":"10.1.0.0/16","gateway":"fe80::1","dev":"eth0","metric":5}]',
];

const lsbHeader = [
  '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: nginx\n# Required-Start: $local_fs $network\n# Required-Stop: $null\n# Should-Start: +x\n' +
    '# Default-Start: 2 3 4 5\n# Default-Stop: 0 1 6\n# X-Start-Before: y\n# X-Interactive: true\n# X-Timeout-Start: 90s\n' +
    '# X-Health-Check: tcp 127.0.0.1:80 every 5s\n# X-On-Failure: hold\n# Short-Description: web\n# Description: a\n#  b\n### END INIT INFO\n',
];

const mountinfo = [
  '22 28 0:21 / /proc rw,nosuid shared:5 - proc proc rw\n28 1 8:1 / / ro,relatime - ext4 /dev/sda1 rw,errors=remount-ro\n' +
    '40 28 0:33 /a\\040b /mnt/x\\134y rw master:1 propagate_from:2 unbindable - tmpfs none rw,size=1k\n',
];

const sftpLog = [
  'open "/root/a" flags WRITE,CREATE,TRUNCATE mode 0755',
  'forced close "/root/a" bytes read 0 written 32768',
  'rename old "/root/h" new "/root/we\\303\\251 ird" new "',
  'set "/root/c" modtime 20261124-18:37:52',
];
const recordings = [
  '{"version":2,"width":80,"height":24,"timestamp":1767225601.5,"lifeboot":{"client":{"address":"10.0.0.7","certificate":{"serial":"1"}}}}\n' +
    '[0.1,"o","# "]\n[2,"r","80x24"]\n[3.5,"m","closed: exit 0; truncated: at 8 MiB"]\n',
];

const traceLine = (what: string) => `            cron-640     [001] ..... 12.000001: ${what}`;
const raceRecording = formatTrace(
  { version: 1, kernel: '6.1.0', name: 'x', tiers: [], missing: [], dropped: 0, links: [{ from: '/var/run', to: '/run' }], mounts: ['/'] },
  [
    'task_newtask: pid=641 comm=cron clone_flags=1200000 oom_score_adj=0',
    'open: (do_filp_open+0x0/0x160) dir=-100 name="/run/x" flags=0x8241 mode=33184',
    'opened: (do_sys_openat2+0xaf/0x170 <- do_filp_open) inode=2 device=0x15 fmode=0x1f801f',
    'sys_openat -> 0xfffffffffffffffe',
    'sys_bind(fd: 3, umyaddr: 7ffd, addrlen: 10)',
    'inet_bind: (inet_bind+0x0/0x70) type=2 family=10 port=0x3500 v4=0x0 a=0x0 b=0x0 c=0x0 d=0x1000000',
    'unix_bind: (unix_bind+0x0/0x560) path="" abstract="x" length=5',
    'sys_bind -> 0x0',
    'sched_process_exit: comm=cron pid=640 prio=120',
  ].map(traceLine),
);

const requests = [1, 2, 6, 7].map((command) => initRequestBytes({ command, runlevel: '2', data: 'INIT_HALT=POWEROFF\0\0' }));
const place = { name: 'nginx', file: '/etc/init.d/nginx' };
const settings = defaultSettings();
const base = { settings, network: [], network_timeouts: settings.network_timeouts };
const commandLineOf = (text: string) => parseCmdline(text).cmdline;

export const parserTargets: readonly Target[] = [
  ofText('authorized_keys', 12, authorizedKeys, (text) => parseAuthorizedKeys(text, 'authorized_keys')),
  ofText('trusted authorities', 2, authorizedKeys, (text) => parseTrustedAuthorities(text, 'trusted_user_ca_keys')),
  ofText('principals', 2, principals, (text) => parseAuthorizedPrincipals(text, 'auth_principals')),
  ofText('host certificate', 1, [certificateLine], (text) => parseHostCertificate(text, 'SHA256:x')),
  ofBytes('certificate', 6, [certificate], readCertificate),
  ofBytes('revoked keys', 6, [krl, Buffer.from(authorizedKeys[0] ?? '')], (bytes) => parseRevokedKeys(bytes, 'revoked_keys')),
  ofBytes('signature', 2, [certificate.subarray(-87)], (bytes) => {
    parseSignature(bytes);
    parseSecurityKeySignature('sk-ssh-ed25519@openssh.com', bytes);
  }),
  ofText('network words', 16, kernelWords, (text) => readWishes(commandLineOf(text), base)),
  ofText('table of machines', 6, networkTable, (text) => {
    checkTable(text, 'table');
    findRows(text, 'table', ['52:54:00:12:34:56']);
  }),
  ofText('ip -j', 4, ipJson, (text) => void [parseLinks(text), parseRoutes(text)]),
  ofText('kernel options', 6, kernelWords, (text) => parseKernelOptions(commandLineOf(text).words)),
  ofText('lifeboot.toml', 8, lifebootToml, (text) => parseConfigFile(text, 'lifeboot.toml', base)),
  ofText('LSB header', 8, lsbHeader, (text) => parseLsbHeader(text, place)),
  ofText(
    'inittab',
    4,
    ['id:2:initdefault:\n1:2345:respawn:/sbin/getty 38400 tty1\nca:12345:ctrlaltdel:/sbin/shutdown -t1 -r now\n'],
    (text) => parseInittab([{ file: 'inittab', text }]),
  ),
  ofText('fstab', 6, ['UUID=ab / ext4 errors=remount-ro,x-y=z 0 1\n/dev/sdb1\t/mnt/a\\040b xfs nofail,_netdev 0 2\n# c\n'], (text) =>
    parseFstab(text, '/etc/fstab'),
  ),
  ofText('mountinfo', 6, mountinfo, orSysError(parseMountinfo)),
  ofText(
    'lease',
    4,
    ['interface=eth0\nip=10.0.2.15\nsubnet=255.255.255.0\nrouter=10.0.2.2 10.0.2.3\ndns=10.0.2.3\nlease=86400\n'],
    udhcpc.parseLease,
  ),
  ofText('DHCPv6 lease', 4, ['ip=2001:db8:9::10f\ndns=2001:db8:9::53\nlease=120\n'], dhcpcd.parseLease),
  ofText('sftp log', 4, sftpLog, parseSftpLog),
  ofText('scp command', 2, ['scp -v -r -p -t -- /root/a b', '/usr/bin/scp -f x'], parseScpCommand),
  ofText('race recording', 4, [raceRecording], (text) => parseTrace(text)),
  ofText('recording', 4, recordings, (text) => parseRecording('id', { bytes: text.length, head: text, tail: text.slice(-100) }, false)),
  {
    name: 'init_request',
    share: 6,
    run(random) {
      const splitter = new InitRequestSplitter('/run/initctl');
      const stream = Buffer.concat([
        mutateBytes(random, random.pick(requests)),
        random.pick(requests),
        mutateBytes(random, random.pick(requests)),
      ]);
      for (let at = 0; at < stream.length; ) {
        const step = 1 + random.integer(500);
        splitter.push(stream.subarray(at, at + step));
        at += step;
      }
    },
  },
];
