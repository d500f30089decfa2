/** Namespaces: what a process shares with the whole machine, or only with those that are in the same one (namespaces(7)). */
import type { TraceHead } from '../trace/trace.ts';
import type { Name, NameTree, View } from './name-tree.ts';

/** As files in /proc/PID/ns are called, with CLONE_NEW* of each. */
export const spaceFlags = { mnt: 0x20000, uts: 0x4000000, ipc: 0x8000000, pid: 0x20000000, net: 0x40000000 } as const;
export type SpaceKind = keyof typeof spaceFlags;
export const spaceKinds = Object.keys(spaceFlags) as readonly SpaceKind[];

const words: Readonly<Record<SpaceKind, string>> = { mnt: 'mounts', uts: 'host', ipc: 'ipc', pid: 'processes', net: 'network' };

export interface Space {
  readonly number: number;
  readonly kind: SpaceKind;
  /** `network guests`; '': the machine's own. */
  label: string;
  /** What is in it in place of the machine's own. */
  readonly names: Map<Name, Name>;
}

/** mount_namespaces(7): where a mount goes that another one makes, and where one's own goes. */
export type Spread = 'shared' | 'slave' | 'private';

/** A table of mounts. */
export interface MountSpace extends Space {
  /** What is seen at a name of the machine's in place of it. */
  readonly seen: Map<Name, Name>;
  readonly spread: Map<Name, Spread>;
  /** Where it comes from: what was mounted there by then is in it, too. Absent: the machine's own, or nobody saw it begin. */
  readonly copied?: Copied;
  /** Of who enters it. */
  root: Name;
  changes: number;
}

export interface Copied {
  readonly from: MountSpace;
  readonly script: number;
  readonly segment: number;
  readonly tick: number;
}

/** Those that a process is in. */
export interface Spaces extends Readonly<Record<Exclude<SpaceKind, 'mnt'>, Space>> {
  readonly mnt: MountSpace;
  /** How names are seen from within; undefined: as everywhere. */
  readonly view: View | undefined;
}

/** Who makes new ones. */
export interface Maker extends Omit<Copied, 'from'> {
  /** For labels. */
  readonly name: string;
}

export interface SpaceTable {
  /** The machine's own. */
  readonly own: Spaces;
  /** New ones of the kinds in `flags`, the others as they were. */
  unshare(spaces: Spaces, flags: number, maker: Maker): Spaces;
  enter(spaces: Spaces, entered: readonly Space[]): Spaces;
  /** The file leads to it from now on: who binds /proc/PID/ns/net there keeps it. */
  pin(file: Name, space: Space): void;
  unpin(file: Name): void;
  pinned(file: Name): Space | undefined;
  /** Nobody saw what the file leads to: the same for all who enter by it. */
  byFile(file: Name, kind: SpaceKind): Space;
  /** The name that stands for `name` in the space. */
  nameIn(space: Space, name: Name): Name;
}

/** proc(5): what is of the namespace of who looks. */
const kernelNames: Readonly<Record<string, SpaceKind>> = {
  '/proc/sys/net': 'net',
  '/proc/sys/kernel/hostname': 'uts',
  '/proc/sys/kernel/domainname': 'uts',
  '/proc/sys/fs/mqueue': 'ipc',
  ...Object.fromEntries(
    'auto_msgmni msg_next_id msgmax msgmnb msgmni sem sem_next_id shm_next_id shm_rmid_forced shmall shmmax shmmni'
      .split(' ')
      .map((base) => [`/proc/sys/kernel/${base}`, 'ipc' as const]),
  ),
};

/** Mounts upon mounts: what leads further is a ring. */
const MOST_MOUNTS = 8;

export function openSpaceTable(tree: NameTree, { mounts: mounted, shared = [] }: Pick<TraceHead, 'mounts' | 'shared'>): SpaceTable {
  const kernel = new Map(Object.entries(kernelNames).map(([path, kind]) => [tree.find(path), kind]));
  const pins = new Map<Name, Space>();
  const made = new Map<string, number>();
  let count = 0;

  const space = (kind: SpaceKind, label: string): Space => ({ number: count++, kind, label, names: new Map() });
  const mounts = (label: string): MountSpace => ({
    ...space('mnt', label),
    seen: new Map(),
    spread: new Map(),
    root: tree.root,
    changes: 0,
  });
  const own: Spaces = {
    mnt: mounts(''),
    uts: space('uts', ''),
    ipc: space('ipc', ''),
    pid: space('pid', ''),
    net: space('net', ''),
    view: undefined,
  };
  if (shared.length > 0) for (const path of mounted) own.mnt.spread.set(tree.find(path), shared.includes(path) ? 'shared' : 'private');

  function nameIn(where: Space, name: Name): Name {
    const known = where.names.get(name) ?? tree.instead(name, where.label);
    where.names.set(name, known);
    return known;
  }

  function withView(spaces: Omit<Spaces, 'view'>): Spaces {
    const { mnt, net, uts, ipc, pid } = spaces;
    if (mnt === own.mnt && net === own.net && uts === own.uts && ipc === own.ipc) return { ...own, pid };
    const at = (name: Name): Name => {
      let seen = name;
      for (let mounted = 0; mounted < MOST_MOUNTS; mounted += 1) seen = mnt.seen.get(seen) ?? seen;
      const kind = kernel.get(seen);
      return kind === undefined || spaces[kind] === own[kind] ? seen : nameIn(spaces[kind], seen);
    };
    return { mnt, net, uts, ipc, pid, view: { key: () => `${[mnt, net, uts, ipc].map(({ number }) => number)} ${mnt.changes}`, at } };
  }

  /** The so-manieth that the script made, which is the same in every boot. */
  function labelOf(kind: SpaceKind, name: string): string {
    const nth = (made.get(`${kind} ${name}`) ?? 0) + 1;
    made.set(`${kind} ${name}`, nth);
    return `${words[kind]} ${name}#${nth}`;
  }

  function copy(from: MountSpace, { name, ...maker }: Maker): MountSpace {
    const { seen, spread, root } = from;
    return { ...mounts(labelOf('mnt', name)), seen: new Map(seen), spread: new Map(spread), root, copied: { from, ...maker } };
  }

  const enter = (spaces: Spaces, entered: readonly Space[]): Spaces =>
    withView({ ...spaces, ...Object.fromEntries(entered.map((each) => [each.kind, each])) });

  return {
    own,
    nameIn,
    enter,
    unshare(spaces, flags, maker) {
      const kinds = spaceKinds.filter((kind) => (flags & spaceFlags[kind]) !== 0);
      return enter(
        spaces,
        kinds.map((kind) => (kind === 'mnt' ? copy(spaces.mnt, maker) : space(kind, labelOf(kind, maker.name)))),
      );
    },
    pin(file, pinned) {
      pins.set(file, pinned);
      if (pinned.label !== '') pinned.label = `${words[pinned.kind]} ${shortName(file)}`;
    },
    unpin: (file) => void pins.delete(file),
    pinned: (file) => pins.get(file),
    byFile(file, kind) {
      const known = pins.get(file);
      if (known !== undefined) return known;
      const label = `${words[kind]} ${shortName(file)}`;
      const entered = kind === 'mnt' ? mounts(label) : space(kind, label);
      pins.set(file, entered);
      return entered;
    },
  };
}

/** ip-netns(8) has its own directory; elsewhere two can have the same last part. */
const shortName = ({ path }: Name): string => path.replace(/^\/run\/netns\//, '').replaceAll('/', ':');
