/**
 * Who keeps a mount busy. Asks only /proc, never the mount itself: that may be a disk or a server which does not answer.
 * A process of another root or mount namespace is met by device number or mount id, since its paths are not ours.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { kernelHolders } from './kernel-holders.ts';
import { mountOf } from './mount-of.ts';
import { type Mount, mountAt, parseMountinfo } from './mountinfo.ts';
import { within } from './patience.ts';
import { isAlive, readPids, readStat } from './processes.ts';
import { namesIn, textOf } from './quiet-read.ts';
import type { Holder } from './sys.ts';

/** /proc/PID/maps takes a lock that a process hung in a page fault does not give. */
const PATIENCE_MS = 1000;

interface Target {
  readonly mount: Mount;
  readonly mounts: readonly Mount[];
  /** `/proc/PID/ns/mnt` of ourselves: only there do paths mean what they mean to us. */
  readonly namespace: string;
}

/**
 * The processes on the mount at `mountPoint`, one entry each with the first thing found, and after them what the kernel itself holds
 * there, with pid 0: mounts, loop devices, swap. Empty when nothing is mounted there. Mounts below are named, their holders are not.
 */
export async function findHolders(mountPoint: string): Promise<readonly Holder[]> {
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  const mount = mountAt(mounts, mountPoint);
  if (mount === undefined) return [];
  const target = { mount, mounts, namespace: linkOf('/proc/self/ns/mnt') ?? '' };
  const found = await Promise.all(readPids().map((pid) => holderOf(pid, target)));
  return [...found.filter((holder) => holder !== undefined), ...kernelHolders(mount, mounts)];
}

async function holderOf(pid: number, target: Target): Promise<Holder | undefined> {
  const stat = readStat(pid);
  if (stat === undefined || !isAlive(stat)) return undefined;
  const via = await viaWhat(pid, target, stat.kernelThread);
  return via === undefined ? undefined : { pid, comm: stat.comm, via };
}

async function viaWhat(pid: number, target: Target, kernelThread: boolean): Promise<string | undefined> {
  // What may not be read (a process with more capabilities than ours) is taken for one of our own.
  const own = (linkOf(`/proc/${pid}/ns/mnt`) ?? target.namespace) === target.namespace;
  if (own) {
    const link = ['cwd', 'root', 'exe'].find((name) => isOnMount(linkOf(`/proc/${pid}/${name}`), target));
    if (link !== undefined) return `${link} ${linkOf(`/proc/${pid}/${link}`)}`;
  }
  if (kernelThread) return undefined;
  const mounts = own ? [target.mount] : mountsOfDevice(pid, target.mount.device);
  const apart = !own && mounts.some((mount) => !followsUmount(mount, target.mount));
  return viaOpenFile(pid, mounts) ?? (await viaMapping(pid, target.mount)) ?? (apart ? 'mount namespace' : undefined);
}

function isOnMount(path: string | undefined, { mount, mounts }: Target): boolean {
  return path !== undefined && mountOf(path, mounts) === mount;
}

/** proc_pid_fdinfo(5): `mnt_id` names the mount of an open file, however its name reads. */
function viaOpenFile(pid: number, mounts: readonly Mount[]): string | undefined {
  const ids = new Set(mounts.map((mount) => mount.id));
  for (const fd of namesIn(`/proc/${pid}/fd`)) {
    const path = linkOf(`/proc/${pid}/fd/${fd}`);
    if (path === undefined || !path.startsWith('/')) continue;
    const id = /^mnt_id:\s*(\d+)/m.exec(textOf(`/proc/${pid}/fdinfo/${fd}`))?.[1];
    if (id !== undefined && ids.has(Number(id))) return `fd ${fd} ${path}`;
  }
  return undefined;
}

/** proc_pid_maps(5): address perms offset dev inode path, with the device in hexadecimal. */
async function viaMapping(pid: number, mount: Mount): Promise<string | undefined> {
  const maps = await within(PATIENCE_MS, readFile(`/proc/${pid}/maps`, 'utf8'), '');
  const [major = 0, minor = 0] = mount.device.split(':').map(Number);
  const device = `${major.toString(16).padStart(2, '0')}:${minor.toString(16).padStart(2, '0')}`;
  for (const line of maps.split('\n')) {
    const [, dev, inode, path] = /^\S+ \S+ \S+ (\S+) (\d+) *(.*)$/.exec(line) ?? [];
    if (dev === device && inode !== '0') return `map ${path}`;
  }
  return undefined;
}

/** The mounts of the same filesystem in the mount namespace of another process. */
function mountsOfDevice(pid: number, device: string): readonly Mount[] {
  return parseMountinfo(textOf(`/proc/${pid}/mountinfo`)).filter((mount) => mount.device === device);
}

/** mount_namespaces(7): a peer or a slave goes when ours goes; any other keeps the filesystem alive just by being there. */
function followsUmount(mount: Mount, ours: Mount): boolean {
  const group = ours.propagation.find((field) => field.startsWith('shared:'))?.slice('shared:'.length);
  return group !== undefined && mount.propagation.some((field) => field === `shared:${group}` || field === `master:${group}`);
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
