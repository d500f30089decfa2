/** One line of fstab(5) as something to do: what it is, what it waits for, and what of it is left to others. */
import type { Problem } from '../../sys/problem.ts';
import type { FstabEntry } from '../fstab.ts';
import { parseSpan } from './span.ts';

/** `file`: an image or a swap file within another filesystem. `virtual`: nothing stands behind it. */
export type Kind = 'device' | 'file' | 'bind' | 'virtual';

export interface Filesystem {
  readonly entry: FstabEntry;
  readonly kind: Kind;
  readonly swap: boolean;
  /** The boot does not count it as a failure when its device is absent. */
  readonly nofail: boolean;
  /** How long its device is waited for. */
  readonly waitMs: number;
  /** How long its mount may take. */
  readonly mountMs: number;
  /** Paths that have to be mounted, or devices that have to be there, before it. */
  readonly needs: readonly string[];
}

/** What is not done at boot, with the reason; `problem` for words that mean nothing. */
export type Reading =
  | { readonly filesystem: Filesystem; readonly problems: readonly Problem[] }
  | { readonly left: string; readonly problems: readonly Problem[] };

/** systemd's DefaultDeviceTimeoutSec. */
const WAIT_MS = 90_000;
/** What may be absent must not keep everything else waiting. */
const NOFAIL_WAIT_MS = 10_000;
/** A log of gigabytes may be replayed. */
const MOUNT_MS = 600_000;
/** `infinity`: no wait of a boot is endless. */
const LONGEST_MS = 3_600_000;

const networkTypes: ReadonlySet<string> = new Set(
  'nfs nfs4 cifs smbfs smb3 coda ncp ncpfs ceph afs glusterfs gfs2 ocfs2 9p pvfs2 lustre sshfs fuse.sshfs fuse.glusterfs'.split(' '),
);
const isTag = (source: string): boolean => /^(LABEL|UUID|PARTLABEL|PARTUUID|ID)=/.test(source);

/** Pure. `file` is named in problems. */
export function readFilesystem(entry: FstabEntry, file: string): Reading {
  const problems: Problem[] = [];
  const why = leftToOthers(entry);
  if (why !== undefined) return { left: why, problems };
  const span = (name: string, fallback: number): number => {
    const value = optionOf(entry.options, name);
    if (value === undefined) return fallback;
    const ms = parseSpan(value);
    if (ms !== undefined) return ms === 0 ? LONGEST_MS : Math.min(ms, LONGEST_MS);
    const accepted = `a span like 90, 90s, 1min 30s, infinity; ${fallback / 1000} s are waited`;
    problems.push({ file, line: entry.line, value: `${name}=${value}`, message: 'is not a span of time', accepted });
    return fallback;
  };
  const nofail = entry.options.includes('nofail');
  const filesystem: Filesystem = {
    entry,
    kind: kindOf(entry),
    swap: entry.fsType === 'swap',
    nofail,
    waitMs: span('x-systemd.device-timeout', nofail ? NOFAIL_WAIT_MS : WAIT_MS),
    mountMs: span('x-systemd.mount-timeout', MOUNT_MS),
    needs: needsOf(entry),
  };
  return { filesystem, problems };
}

function leftToOthers({ mountPoint, fsType, options }: FstabEntry): string | undefined {
  if (mountPoint === '/') return 'the root is checked and mounted already';
  if (options.includes('noauto')) return 'noauto: mounted by hand';
  if (options.includes('_netdev') || networkTypes.has(fsType)) return 'waits for the network, and is left to the scripts of the image';
  if (fsType === 'ignore' || fsType === 'zfs') return `type ${fsType} is left to the scripts of the image`;
  if (fsType !== 'swap' && !mountPoint.startsWith('/')) return `${mountPoint} is no place for a mount`;
  return undefined;
}

function kindOf({ source, fsType, options }: FstabEntry): Kind {
  if (options.some((option) => option === 'bind' || option === 'rbind')) return 'bind';
  if (isTag(source) || source.startsWith('/dev/')) return 'device';
  return source.startsWith('/') && fsType !== 'tmpfs' && !fsType.startsWith('fuse') ? 'file' : 'virtual';
}

function needsOf(entry: FstabEntry): readonly string[] {
  const { source, options } = entry;
  const kind = kindOf(entry);
  const named = ['x-systemd.requires', 'x-systemd.after', 'x-systemd.requires-mounts-for'].flatMap((name) => valuesOf(options, name));
  // overlayfs: its layers lie in other filesystems.
  const layers = ['lowerdir', 'upperdir', 'workdir'].flatMap((name) => valuesOf(options, name)).flatMap((value) => value.split(':'));
  return [...(kind === 'bind' || kind === 'file' ? [source] : []), ...named, ...layers].filter((path) => path.startsWith('/'));
}

const valuesOf = (options: readonly string[], name: string): readonly string[] =>
  options.filter((option) => option.startsWith(`${name}=`)).map((option) => option.slice(name.length + 1));
export const optionOf = (options: readonly string[], name: string): string | undefined => valuesOf(options, name).at(-1);
