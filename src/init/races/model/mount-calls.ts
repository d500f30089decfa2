/** What a mount changes besides the name it is on: what those see who share it, and what is kept by it. */
import type { Call } from '../trace/trace.ts';
import type { Name } from './name-tree.ts';
import { type Moment, mountOf, nameOf, writableAt } from './scene.ts';
import { spaceOf } from './space-calls.ts';
import type { MountSpace, Spread } from './spaces.ts';

/** mount(2) */
const MS_RDONLY = 1;
const MS_BIND = 0x1000;
const MS_MOVE = 0x2000;
const MS_REC = 0x4000;
const MS_UNBINDABLE = 0x20000;
const MS_PRIVATE = 0x40000;
const MS_SLAVE = 0x80000;
const MS_SHARED = 0x100000;
const spreads: readonly (readonly [number, Spread])[] = [
  [MS_SHARED, 'shared'],
  [MS_SLAVE, 'slave'],
  [MS_PRIVATE | MS_UNBINDABLE, 'private'],
];
/** File systems that are new whenever they are mounted: nobody else can have what is in them. */
const EMPTY = /^(tmpfs|ramfs)$/;
/** Below a sysfs: the interfaces of the network that it was mounted in. */
const INTERFACES = ['class/net', 'devices/virtual/net'];

/** What is mounted on: the name, or what stands for it where others do not see the mount. */
export function mountPoint({ scene, task }: Moment, name: Name): Name {
  const { mnt } = task.process.spaces;
  if (mnt === scene.spaces.own.mnt || spreadAt(mnt, name) === 'shared') return name;
  return [...mnt.names.values()].includes(name) ? name : scene.spaces.nameIn(mnt, name);
}

/** A directory that is bound onto itself shows what it showed before. */
export const hidesNothing = (moment: Moment, { call, flags = 0, toPath }: Call, name: Name): boolean =>
  call === 'mount' && (flags & MS_BIND) !== 0 && toPath !== undefined && nameOf(moment, toPath, undefined, true) === name;

/** The call worked; `name` is what it said. */
export function changeMounts(moment: Moment, call: Call, name: Name): void {
  const { scene, task } = moment;
  const { mnt } = task.process.spaces;
  if (call.call === 'umount') {
    scene.spaces.unpin(name);
    for (const [at, seen] of mnt.seen) if (seen === name) mnt.seen.delete(at);
    scene.mounted.delete(mountPoint(moment, name).path);
  } else {
    mountAt(moment, call, name);
    becomeMount(moment, call, mountPoint(moment, name));
  }
  mnt.changes += 1;
}

function mountAt(moment: Moment, { flags = 0, detail = '', toPath }: Call, name: Name): void {
  const { scene, task } = moment;
  const { mnt, net } = task.process.spaces;
  const source = (flags & (MS_BIND | MS_MOVE)) === 0 || toPath === undefined ? undefined : nameOf(moment, toPath, undefined, true);
  const kept = source === undefined ? undefined : spaceOf(moment, source);
  if (kept !== undefined) scene.spaces.pin(name, kept);
  const point = mountPoint(moment, name);
  if (point === name && mnt === scene.spaces.own.mnt) return;
  if ((flags & MS_MOVE) !== 0) for (const [at, seen] of mnt.seen) if (seen === source) mnt.seen.delete(at);
  if (source !== undefined && source !== name) mnt.seen.set(name, source);
  if (EMPTY.test(detail) && point !== name) mnt.seen.set(name, point);
  if (detail !== 'sysfs' || net === scene.spaces.own.net) return;
  for (const path of INTERFACES) {
    const interfaces = scene.tree.resolve(path, name, scene.tree.root, true).name;
    mnt.seen.set(interfaces, scene.spaces.nameIn(net, interfaces));
  }
}

/** What is bound is as writable as it was where it is from. */
function becomeMount(moment: Moment, { flags = 0, toPath }: Call, point: Name): void {
  const { scene, tick } = moment;
  const isBound = (flags & (MS_BIND | MS_MOVE)) !== 0 && toPath !== undefined;
  const source = isBound ? writableAt(scene, mountOf(scene, nameOf(moment, toPath, undefined, true))) : undefined;
  const isWritable = source === undefined ? (flags & MS_RDONLY) === 0 : scene.presence.at(source, tick);
  scene.mounted.add(point.path);
  if (isWritable !== undefined) scene.presence.became(writableAt(scene, point), tick, isWritable, undefined);
}

/** `mount --make-rslave /`: whom later mounts reach. */
export function spreadMounts({ task }: Moment, flags: number, name: Name): void {
  const { mnt } = task.process.spaces;
  const [, spread] = spreads.find(([bits]) => (flags & bits) !== 0) ?? [];
  if (spread === undefined) return;
  if ((flags & MS_REC) !== 0) for (const other of mnt.spread.keys()) if (isBelow(other, name)) mnt.spread.delete(other);
  mnt.spread.set(name, spread);
}

/** Linux makes mounts private; who wants them shared says so. */
function spreadAt({ spread }: MountSpace, name: Name): Spread {
  for (let at: Name | undefined = name; at !== undefined; at = at.parent) {
    const known = spread.get(at);
    if (known !== undefined) return known;
  }
  return 'private';
}

function isBelow(name: Name, above: Name): boolean {
  let at: Name | undefined = name;
  while (at !== undefined && at !== above) at = at.parent;
  return at !== undefined;
}

/** A mount of the machine's, seen by one with mounts of its own only when it came before this copy; undefined: it comes through later, too. */
export function copyBefore(mnt: MountSpace, name: Name, tick: number): MountSpace['copied'] {
  let found: MountSpace['copied'];
  // Mounts of one's own are there for those alone that have them.
  let at = mnt;
  for (; name.label === '' && at.copied !== undefined; at = at.copied.from) {
    if (at.copied.tick > tick) continue;
    if (spreadAt(at, name) !== 'private' && spreadAt(at.copied.from, name) === 'shared') continue;
    found = at.copied;
  }
  return found;
}
