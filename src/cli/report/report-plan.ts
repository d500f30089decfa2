/** What a report holds: each entry a program that prints it, since a program can be given up when a disk does not answer. */
import { paths, SYSROOT, TOOLBOX } from '../../sys/paths.ts';

export interface Collector {
  /** Name inside the report. */
  readonly file: string;
  readonly argv: readonly string[];
  /** What is kept of it: all but secrets, or only the fingerprints of keys. */
  readonly keep?: 'fingerprints';
  /** Absent is no fault: the machine has no such thing, or has it not yet. */
  readonly optional?: boolean;
}

/** What is never collected, for the manifest. */
export const neverCollected: readonly string[] = [
  'private keys, host keys among them',
  'password hashes (shadow, console password)',
  'environments of processes',
  'recordings of sessions',
  'authorized keys themselves, their options and comments: fingerprints only',
  'values whose name ends in key, password, token, secret, psk and the like',
];

/** The last so many bytes of a file. */
export const TAIL_BYTES = 512 * 1024;
const SCRIPT_BYTES = 64 * 1024;

const tail = (path: string, bytes = TAIL_BYTES): readonly string[] => ['tail', '-c', String(bytes), path];
const file = (name: string, path: string): Collector => ({ file: name, argv: tail(path), optional: true });
const program = (name: string, ...argv: readonly string[]): Collector => ({ file: name, argv });

export interface ReportFacts {
  /** Names in `/run/lifeboot/scripts/output`. */
  readonly scripts: readonly string[];
  /** Names in `/run/lifeboot/scripts`. */
  readonly runs: readonly string[];
  /** Names in `/sys/block`. */
  readonly disks: readonly string[];
}

export function planReport({ scripts, runs, disks }: ReportFacts): readonly Collector[] {
  return [
    ...[
      'state.json',
      'rescue.json',
      'network.json',
      'verdict.json',
      'events.ndjson',
      'log.ndjson',
      'log.ndjson.1',
      'fsck.log',
      'stage1',
    ].map((name) => file(`lifeboot/${name}`, `${TOOLBOX}/${name}`)),
    program('lifeboot/status.txt', 'lifeboot', 'status'),
    file('lifeboot/scripts-ended', `${paths.scripts}/ended`),
    ...scripts.map((name) => ({ file: `lifeboot/scripts/${name}`, argv: tail(`${paths.scripts}/output/${name}`, SCRIPT_BYTES) })),
    ...runs.filter((name) => name.endsWith('.snapshot')).map((name) => file(`lifeboot/scripts/${name}`, `${paths.scripts}/${name}`)),
    file('lifeboot/build-info', `${TOOLBOX}/lib/lifeboot/build-info`),
    file('lifeboot/manifest.xxh64', `${TOOLBOX}/manifest.xxh64`),
    { ...file('lifeboot/sbom.cdx.json', '/usr/lib/lifeboot/sbom.cdx.json') },
    ...[paths.bakedConfig, paths.rootConfig, paths.etc].flatMap((directory) => configOf(directory)),
    ...[`${SYSROOT}/etc`, '/etc'].flatMap((etc) => rootFiles(etc)),
    ...['cmdline', 'version', 'uptime', 'meminfo', 'modules', 'loadavg', 'mounts', 'partitions', 'mdstat', 'swaps', 'interrupts'].map(
      (name) => file(`kernel/${name}`, `/proc/${name}`),
    ),
    program('kernel/mountinfo', ...tail('/proc/1/mountinfo')),
    program('kernel/dmesg.txt', 'dmesg'),
    program('disks/lsblk.txt', 'lsblk', '-o', 'NAME,KNAME,MAJ:MIN,TYPE,SIZE,RO,FSTYPE,LABEL,UUID,MOUNTPOINTS,MODEL,SERIAL,STATE'),
    // blkid(8): 2 is that it found nothing.
    { ...program('disks/blkid.txt', 'blkid'), optional: true },
    program('disks/df.txt', 'df', '-k'),
    ...disks
      .filter(isRealDisk)
      .map((name) => ({ ...program(`disks/smart-${name}.txt`, 'smartctl', '-x', `/dev/${name}`), optional: true })),
    program('network/link.json', 'ip', '-j', '-d', '-s', 'link', 'show'),
    program('network/address.json', 'ip', '-j', 'address', 'show'),
    program('network/route.json', 'ip', '-j', 'route', 'show', 'table', 'all'),
    program('network/route6.json', 'ip', '-6', '-j', 'route', 'show', 'table', 'all'),
    program('network/neighbour.json', 'ip', '-j', 'neighbour', 'show'),
    program('network/rule.json', 'ip', '-j', 'rule', 'show'),
    program('network/ss.txt', 'ss', '-tuxanpe'),
    file('network/resolv.conf', '/etc/resolv.conf'),
    program('processes/ps.txt', 'ps', '-o', 'pid,ppid,pgid,sid,tty,stat,vsz,rss,args'),
    program('processes/top.txt', 'top', '-bn1'),
  ];
}

/** A configuration directory of lifeboot; its name inside the report says which. */
function configOf(directory: string): readonly Collector[] {
  const place = `config${directory.replace(TOOLBOX, '/toolbox')}`;
  const keys = ['authorized_keys', 'trusted_user_ca_keys'].map(
    (name): Collector => ({ ...file(`${place}/${name}.fingerprints`, `${directory}/${name}`), keep: 'fingerprints' }),
  );
  return [file(`${place}/lifeboot.toml`, `${directory}/lifeboot.toml`), file(`${place}/network`, `${directory}/network`), ...keys];
}

/** What the root says of itself, apart at `/sysroot` or entered. */
function rootFiles(etc: string): readonly Collector[] {
  const names = ['fstab', 'inittab', 'os-release', 'hostname', 'insserv.conf', 'network/interfaces'];
  return [
    ...names.map((name) => file(`root${etc}/${name}`, `${etc}/${name}`)),
    { file: `root${etc}/tiers.txt`, argv: ['ls', '-l', `${etc}/rcS.d`, `${etc}/rc2.d`], optional: true },
  ];
}

const isRealDisk = (name: string): boolean => !/^(loop|ram|zram|dm-|md|sr|fd)/.test(name);
