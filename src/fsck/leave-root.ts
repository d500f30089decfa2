/** The way down: makes the toolbox `/` again and gives the real root, and everything mounted on it, back to the disk clean. */
import { isWithin, type Mount, mountAt, readMounts, standsOn, unmountOrder } from '../sys/mountinfo.ts';
import { SYSROOT, TOOLBOX } from '../sys/paths.ts';
import { held, type PhaseResult } from '../sys/phase-result.ts';
import type { Sys } from '../sys/sys.ts';
import { apiDirectories, isVolatile } from './api-mounts.ts';
import { gatherStragglers, pivot } from './gather-stragglers.ts';
import { sparedPids } from './spared-processes.ts';
import { busybox, heldStep, runStep, runSteps, type Step } from './step.ts';
import { type UnmountPace, unmountEverything } from './unmount-everything.ts';

const SWAPOFF_MS = 60_000;

export interface LeaveOptions {
  /** More processes never to end: PID 1, this process and the rescue tree are spared anyway. */
  readonly spare?: readonly number[];
  readonly signal?: AbortSignal;
  readonly pace?: UnmountPace;
  /** Busy and read-only is not good enough: the root is to be checked. */
  readonly clean?: boolean;
  /** False: holders are named, not ended. */
  readonly mayKill?: boolean;
}

/**
 * Leaves the root. Done: it is unmounted, or at worst read-only and so clean (said in the detail). Held: something is still writable,
 * with its holders. Killed at any point, the next call goes on from the mounts it finds.
 *
 * INVARIANT: `/run/lifeboot/bin/busybox` can be executed at every moment.
 */
export async function leaveRoot(sys: Sys, { spare, signal, pace, clean = false, mayKill = true }: LeaveOptions = {}): Promise<PhaseResult> {
  await stopSwapping(sys);
  const work = { spared: await sparedPids(sys, spare), signal, pace, clean, mayKill };
  const mounts = await readMounts(sys);
  if (standsOn(mounts) === 'root') {
    // Detached with its directory below, a disk mounted in /run would be out of sight, and not clean.
    if (dataBelowApi(mounts).length > 0) await unmountEverything(sys, { ...work, plan: dataBelowApi });
    for (const name of [...apiDirectories, SYSROOT.slice(1)]) await makeMissing(sys, `${TOOLBOX}/${name}`);
    const failed = await runSteps(sys, planLeave(await readMounts(sys)));
    if (failed !== undefined) return heldStep('cannot leave the root', failed);
    if (standsOn(await readMounts(sys)) !== 'toolbox') return held('pivot_root said yes, but the toolbox is not the root');
  }
  const copies = planDetach(await readMounts(sys));
  if (copies !== undefined) {
    const astray = await gatherStragglers(sys, TOOLBOX, SYSROOT);
    if (astray !== undefined) return heldStep('cannot leave the root', astray);
    await runStep(sys, copies);
  }
  return await unmountEverything(sys, { ...work, plan: planUnmount });
}

/** Undefined when nothing of the real root is mounted any more. */
export async function verifyLeft(sys: Sys): Promise<string | undefined> {
  const mounts = await readMounts(sys);
  if (standsOn(mounts) === 'root') return 'the real root is still /';
  const left = unmountOrder(mounts, SYSROOT);
  return left.length === 0 ? undefined : `still mounted: ${left.map((mount) => mount.mountPoint).join(' ')}`;
}

/** Everything up to and with pivot_root, from the mounts as they are. */
export function planLeave(mounts: readonly Mount[]): readonly Step[] {
  const stale = apiDirectories.map((name) => `${TOOLBOX}/${name}`).filter((path) => mountAt(mounts, path) !== undefined);
  return [
    // pivot_root(2): EINVAL when the parent mount of either root is shared; an init of the image may have made them so.
    ...(mounts.some(({ propagation }) => propagation.some((field) => field.startsWith('shared:')))
      ? [busybox(['mount', '--make-rprivate', '/'])]
      : []),
    ...(stale.length > 0 ? [busybox(['umount', '-l', ...stale])] : []),
    // /run goes first: its copy brings the toolbox's next bind onto /run/lifeboot, still without copies of the other three.
    ...apiDirectories.map((name) => busybox(['mount', '-o', 'rbind', `/${name}`, `${TOOLBOX}/${name}`])),
    // Of the toolbox and the bind below it one copy is enough: else each soft reboot would leave one more.
    ...(mounts.filter(({ mountPoint }) => mountPoint === TOOLBOX).length > 1 ? [busybox(['umount', '-l', `${TOOLBOX}${TOOLBOX}`])] : []),
    pivot(TOOLBOX, SYSROOT),
  ];
}

/** The filesystems to unmount: all of the old root, and whatever else of the machine holds data, in an order that works. */
export function planUnmount(mounts: readonly Mount[]): readonly Mount[] {
  const ofRoot = new Set(unmountOrder(mounts, SYSROOT));
  return unmountOrder(mounts, '/').filter((mount) => mount.mountPoint !== '/' && (ofRoot.has(mount) || !isVolatile(mount)));
}

const dataBelowApi = (mounts: readonly Mount[]): readonly Mount[] =>
  apiDirectories.flatMap((name) => unmountOrder(mounts, `/${name}`)).filter((mount) => !isVolatile(mount));

/** The root's copies of what is bound into the toolbox now. */
export function planDetach(mounts: readonly Mount[]): Step | undefined {
  const tops = apiDirectories.map((name) => `${SYSROOT}/${name}`);
  const mounted = tops.filter((top) => mounts.some((mount) => isWithin(mount.mountPoint, top)));
  return mounted.length === 0 ? undefined : busybox(['umount', '-l', ...mounted]);
}

/** Swap files of `/proc/swaps`, one call for all. One that cannot be emptied shows up as a holder later. */
async function stopSwapping(sys: Sys): Promise<void> {
  const swaps = ((await sys.readText('/proc/swaps')) ?? '').split('\n').slice(1);
  const names = swaps.map((line) => line.split(/\s/)[0] ?? '').filter((name) => name.startsWith('/'));
  if (names.length > 0) await runStep(sys, busybox(['swapoff', ...names.map((name) => name.replaceAll('\\040', ' '))]), SWAPOFF_MS);
}

async function makeMissing(sys: Sys, path: string): Promise<void> {
  if ((await sys.facts(path)) === undefined) await sys.makeDir(path, 0o755);
}
