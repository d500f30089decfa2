/** The mounts of this process, from `/proc/self/mountinfo`: see proc_pid_mountinfo(5). */
import { SYSROOT, TOOLBOX } from './paths.ts';
import { type Sys, SysError } from './sys.ts';

const MOUNTINFO = '/proc/self/mountinfo';

export interface Mount {
  readonly id: number;
  /** Id of the mount it stands on; its own or an unlisted one for the root. */
  readonly parent: number;
  /** `major:minor`: the same for every mount of one filesystem. */
  readonly device: string;
  /** The directory inside the filesystem that is seen here: not `/` for bind mounts of a part. */
  readonly root: string;
  readonly mountPoint: string;
  /** Options of this mount: `ro`, `nosuid` … */
  readonly options: readonly string[];
  /** The optional fields: `shared:3`, `master:1` …; empty when private. */
  readonly propagation: readonly string[];
  readonly fsType: string;
  readonly source: string;
  /** Options of the filesystem: `rw`, `errors=remount-ro` … */
  readonly superOptions: readonly string[];
}

/** Reads the whole table. Throws SysError EBADMSG for a line that is not as proc_pid_mountinfo(5) says. */
export function parseMountinfo(text: string): readonly Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(parseLine);
}

function parseLine(line: string): Mount {
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [id, parent, device, root, mountPoint, options] = fields;
  // A source may be empty (`mount -t tmpfs '' DIR`): two blanks in a row, still three fields.
  const [fsType, source, superOptions] = dash < 0 ? [] : fields.slice(dash + 1);
  if (!mountPoint || !device || !root || !options || !fsType || source === undefined || superOptions === undefined)
    throw new SysError('EBADMSG', MOUNTINFO, `${MOUNTINFO}: not a mount: ${line}`);
  return {
    id: Number(id),
    parent: Number(parent),
    device,
    root: decodeOctal(root),
    mountPoint: decodeOctal(mountPoint),
    options: options.split(','),
    propagation: fields.slice(6, dash),
    fsType: decodeOctal(fsType),
    source: decodeOctal(source),
    superOptions: superOptions.split(',').map(decodeOctal),
  };
}

/** The kernel writes blank, tab, newline, backslash and `#` as three octal digits, byte by byte. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

export async function readMounts(sys: Sys): Promise<readonly Mount[]> {
  return parseMountinfo((await sys.readText(MOUNTINFO)) ?? '');
}

/** Is `path` the directory `base` itself or anything below it? */
export function isWithin(path: string, base: string): boolean {
  return base === '/' || path === base || path.startsWith(`${base}/`);
}

/** The mount that one sees at exactly this path: of several stacked ones, the topmost. */
export function mountAt(mounts: readonly Mount[], path: string): Mount | undefined {
  const stacked = mounts.filter((mount) => mount.mountPoint === path);
  return stacked.find((mount) => !stacked.some((other) => other !== mount && other.parent === mount.id)) ?? stacked.at(-1);
}

/**
 * The mounts at and below `path`, in an order in which umount(2) by path reaches each of them: what stands on a mount goes
 * before it, and what hides another mount (an over-mount, a mount on a directory above it) goes before the hidden one.
 */
export function unmountOrder(mounts: readonly Mount[], path: string): readonly Mount[] {
  const within = mounts.filter((mount) => isWithin(mount.mountPoint, path));
  const ids = new Set(within.map((mount) => mount.id));
  const order: Mount[] = [];
  // Of two mounts on one parent the one with the shorter path hides the other, if they touch at all.
  const visit = (siblings: readonly Mount[]) => {
    for (const mount of siblings.toSorted((a, b) => a.mountPoint.length - b.mountPoint.length || b.id - a.id)) {
      visit(within.filter((other) => other.parent === mount.id && other !== mount));
      order.push(mount);
    }
  };
  visit(within.filter((mount) => !ids.has(mount.parent) || mount.parent === mount.id));
  return order;
}

/** Where the machine stands: with the toolbox as `/`, or with the real root as `/` and the toolbox at `/run/lifeboot`. */
export function standsOn(mounts: readonly Mount[]): 'toolbox' | 'root' {
  const root = mountAt(mounts, '/');
  const toolbox = mountAt(mounts, TOOLBOX);
  if (root === undefined || toolbox === undefined) throw new SysError('ENOENT', TOOLBOX, `${TOOLBOX} is not mounted: there is no toolbox`);
  return root.device === toolbox.device ? 'toolbox' : 'root';
}

/** The real root while it is apart from `/`; undefined when it is released or entered. */
export const sysrootMount = (mounts: readonly Mount[]): Mount | undefined => mountAt(mounts, SYSROOT);
