/**
 * The plan for all of fstab(5) but the root: what is checked when, in lanes that share no disk, and what is mounted after what. Pure.
 */
import { isWithin, type Mount, mountAt } from '../../sys/mountinfo.ts';
import type { Problem } from '../../sys/problem.ts';
import type { FstabEntry } from '../fstab.ts';
import { type Filesystem, readFilesystem } from './filesystem.ts';

export interface FilesystemPlan {
  /** Swap on devices, before any check: a large check needs memory. */
  readonly swapFirst: readonly Filesystem[];
  /** One after the other, by pass number; the lanes of one at the same time, each lane in series. No two lanes share a disk. */
  readonly waves: readonly Wave[];
  /** In this order: a mount after the one it stands on, and after what its source lies in. */
  readonly mounts: readonly Filesystem[];
  /** Swap files. */
  readonly swapLast: readonly Filesystem[];
  readonly left: readonly { readonly entry: FstabEntry; readonly why: string }[];
  readonly problems: readonly Problem[];
}

export interface Wave {
  readonly pass: number;
  readonly lanes: readonly (readonly Filesystem[])[];
}

/**
 * @param disks of each source: the physical disks below it. A source that is not in it counts as a disk of its own.
 * @param mounts what is mounted by now, and so neither checked nor mounted again
 */
export function planFilesystems(
  entries: readonly FstabEntry[],
  disks: ReadonlyMap<string, readonly string[]>,
  mounts: readonly Mount[],
  file = '/etc/fstab',
): FilesystemPlan {
  const readings = entries.map((entry) => ({ entry, ...readFilesystem(entry, file) }));
  const left = readings.flatMap((reading) => ('left' in reading ? [{ entry: reading.entry, why: reading.left }] : []));
  const all = readings.flatMap((reading) => ('filesystem' in reading ? [reading.filesystem] : []));
  const stands = (filesystem: Filesystem): boolean => !filesystem.swap && mountAt(mounts, filesystem.entry.mountPoint) !== undefined;
  const standing = all.filter(stands).map(({ entry }) => ({ entry, why: 'is mounted already' }));
  const open = all.filter((filesystem) => !stands(filesystem));
  const swaps = open.filter(({ swap }) => swap);
  return {
    swapFirst: swaps.filter(({ kind }) => kind === 'device'),
    waves: planWaves(open.filter(isCheckedFirst), disks),
    mounts: planOrder(open.filter(({ swap }) => !swap)),
    swapLast: swaps.filter(({ kind }) => kind !== 'device'),
    left: [...left, ...standing],
    problems: readings.flatMap(({ problems }) => problems),
  };
}

/** An image file is checked when what it lies in is mounted: right before its own mount. */
const isCheckedFirst = ({ kind, swap, entry }: Filesystem): boolean => kind === 'device' && !swap && entry.pass > 0;

function planWaves(filesystems: readonly Filesystem[], disks: ReadonlyMap<string, readonly string[]>): readonly Wave[] {
  const passes = [...new Set(filesystems.map(({ entry }) => entry.pass))].sort((a, b) => a - b);
  return passes.map((pass) => ({
    pass,
    lanes: planLanes(
      filesystems.filter(({ entry }) => entry.pass === pass),
      disks,
    ),
  }));
}

/** Filesystems that share a disk, directly or through one that lies on several, come into one lane. */
function planLanes(filesystems: readonly Filesystem[], disks: ReadonlyMap<string, readonly string[]>): readonly (readonly Filesystem[])[] {
  let lanes: { readonly members: readonly Filesystem[]; readonly disks: readonly string[] }[] = [];
  for (const filesystem of filesystems) {
    const known = disks.get(filesystem.entry.source) ?? [];
    const own = known.length > 0 ? known : [filesystem.entry.source];
    const shared = lanes.filter((lane) => lane.disks.some((disk) => own.includes(disk)));
    const merged = {
      members: [...shared.flatMap(({ members }) => members), filesystem],
      disks: [...own, ...shared.flatMap((lane) => lane.disks)],
    };
    lanes = [...lanes.filter((lane) => !shared.includes(lane)), merged];
  }
  return lanes.map(({ members }) => members.toSorted((a, b) => a.entry.line - b.entry.line));
}

/** Which of the others have to be mounted before this one. */
export function mountedBefore(filesystem: Filesystem, others: readonly Filesystem[]): readonly Filesystem[] {
  const { entry, needs } = filesystem;
  return others.filter((other) => {
    if (other === filesystem) return false;
    const { mountPoint, line, source } = other.entry;
    if (mountPoint === entry.mountPoint) return line < entry.line;
    return isWithin(entry.mountPoint, mountPoint) || needs.some((path) => isWithin(path, mountPoint) || path === source);
  });
}

/** The order of fstab, but for what has to come before; a circle is broken where it began. */
function planOrder(filesystems: readonly Filesystem[]): readonly Filesystem[] {
  const order: Filesystem[] = [];
  const begun = new Set<Filesystem>();
  const visit = (filesystem: Filesystem): void => {
    if (begun.has(filesystem)) return;
    begun.add(filesystem);
    for (const before of mountedBefore(filesystem, filesystems)) visit(before);
    order.push(filesystem);
  };
  for (const filesystem of filesystems) visit(filesystem);
  return order;
}
