/** Mounts all of fstab but the root, each after what it stands on, and switches swap on. Never after a check that failed. */
import { emit } from '../../sys/events.ts';
import { mountAt, readMounts } from '../../sys/mountinfo.ts';
import { type Ran, type Sys, SysError } from '../../sys/sys.ts';
import { findDiskFault } from '../disk-evidence.ts';
import type { FstabEntry } from '../fstab.ts';
import { type CheckWish, checkFilesystem } from './check-filesystem.ts';
import { tellAbsent } from './check-filesystems.ts';
import { type Checked, mayMount } from './check-report.ts';
import type { Filesystem } from './filesystem.ts';
import { awaitDevice } from './find-devices.ts';
import { mountedBefore, planFilesystems } from './plan-filesystems.ts';
import { applySwap } from './swap.ts';

/** A filesystem or swap that is not there, and why. `nofail`: fstab says that the boot is good without. */
export interface NotMounted {
  readonly name: string;
  readonly why: string;
  readonly nofail: boolean;
  readonly evidence: readonly string[];
}

/** What it is to be mounted by: the results of the checks, and how to make one that is missing. */
export interface MountWish {
  readonly checked: readonly Checked[];
  readonly check: CheckWish;
}

/** Resolves with everything that could not be mounted. What is mounted already stays as it is, so that it can be called again. */
export async function mountFilesystems(sys: Sys, entries: readonly FstabEntry[], wish: MountWish): Promise<readonly NotMounted[]> {
  const plan = planFilesystems(entries, new Map(), await readMounts(sys));
  const failed = new Map<Filesystem, NotMounted>();
  const keep = async (filesystem: Filesystem, why: string | undefined, evidence: readonly string[] = []): Promise<void> => {
    if (why === undefined) return;
    const { swap, nofail, entry } = filesystem;
    const name = swap ? entry.source : entry.mountPoint;
    failed.set(filesystem, { name, why, nofail, evidence });
    await emit(sys, { subject: 'filesystem', name, what: swap ? 'no-swap' : 'not-mounted', detail: why });
  };
  for (const { entry, why } of plan.left)
    await emit(sys, { subject: 'filesystem', name: entry.mountPoint, what: 'left', detail: why, quiet: true });
  for (const swap of plan.swapFirst) await keep(swap, await applySwap(sys, swap, swap.waitMs, wish.check.signal));
  for (const filesystem of plan.mounts) {
    const below = mountedBefore(filesystem, [...failed.keys()]);
    const stands = below[0]?.entry.mountPoint;
    if (stands !== undefined) await keep(filesystem, `${stands}, which has to come before, is not mounted`);
    else {
      const fault = await mountOne(sys, filesystem, wish);
      await keep(filesystem, fault?.why, fault?.evidence);
    }
  }
  for (const swap of plan.swapLast) await keep(swap, await applySwap(sys, swap, 0, wish.check.signal));
  return [...failed.values()];
}

interface Fault {
  readonly why: string;
  readonly evidence?: readonly string[];
}

async function mountOne(sys: Sys, filesystem: Filesystem, { checked, check }: MountWish): Promise<Fault | undefined> {
  const { entry, kind, waitMs, mountMs } = filesystem;
  const { source, mountPoint } = entry;
  const known = checked.find((each) => each.source === source && each.mountPoint === mountPoint);
  if (known !== undefined && !mayMount(known)) return { why: known.reason, evidence: known.evidence };
  const device = kind === 'device' ? await awaitDevice(sys, source, waitMs, check.signal) : source;
  if (device === undefined) {
    const absent = await tellAbsent(sys, filesystem);
    return { why: absent.reason, evidence: absent.evidence };
  }
  if (known === undefined && entry.pass > 0 && (kind === 'device' || kind === 'file')) {
    const made = await checkFilesystem(sys, filesystem, device, check);
    if (!mayMount(made)) return { why: made.reason, evidence: made.evidence };
  }
  try {
    await sys.makeDir(mountPoint, 0o755);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return { why: `${mountPoint} cannot be made: ${error.message}` };
  }
  const sinceMs = sys.uptimeMs();
  const ran = await sys.run(planMount(filesystem, device), { timeoutMs: mountMs });
  if (ran.code === 0 || mountAt(await readMounts(sys), mountPoint) !== undefined) return undefined;
  const disk = kind === 'device' ? await findDiskFault(sys, device, sinceMs) : [];
  const words = lastWords(ran);
  return {
    why: disk.length > 0 ? `${device} fails to read: the disk, not the filesystem, is the fault (${words})` : words,
    evidence: disk,
  };
}

/** Pure. The options go as they stand in fstab: mount(8) knows those that are not for the kernel. */
export function planMount({ entry, kind }: Filesystem, device: string): readonly string[] {
  const { fsType, options, mountPoint } = entry;
  const loop = kind === 'file' && !options.some((option) => /^loop(=|$)/.test(option)) ? ['loop'] : [];
  const type = kind === 'bind' ? [] : ['-t', fsType];
  return ['mount', ...type, '-o', [...options, ...loop].join(','), device, mountPoint];
}

function lastWords(ran: Ran): string {
  if (ran.timedOut) return `mount did not end within ${Math.round(ran.durationMs / 1000)} s`;
  const said = ran.stderr.split('\n').filter((line) => line.trim() !== '' && !/dmesg\(1\)/.test(line));
  return said.at(-1)?.trim() ?? `mount: exit ${ran.code ?? ran.signal}`;
}
