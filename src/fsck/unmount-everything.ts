/** Unmounts filesystems on the way down, ending their holders when asking nicely does not help. */
import { type Mount, readMounts } from '../sys/mountinfo.ts';
import { done, held, type PhaseResult } from '../sys/phase-result.ts';
import type { Sys } from '../sys/sys.ts';
import { isVolatile } from './api-mounts.ts';
import { adviseHolders, findHolders, formatHolder, type NamedHolder } from './name-holders.ts';
import { busybox, runStep } from './step.ts';

/** Deadlines, each with a default that suits a server. */
export interface UnmountPace {
  /** For one umount of a disk: writing back takes its time, and what is cut short is lost. */
  readonly diskMs?: number;
  /** For one umount of a network filesystem: a dead server would take for ever. */
  readonly networkMs?: number;
  /** What a holder gets between TERM and KILL, and after KILL. */
  readonly termMs?: number;
  readonly killMs?: number;
}

interface UnmountWork {
  /** The mounts to unmount, in order, from the table as it is now. */
  readonly plan: (mounts: readonly Mount[]) => readonly Mount[];
  /** Processes never to end. */
  readonly spared: ReadonlySet<number>;
  readonly signal?: AbortSignal | undefined;
  readonly pace?: UnmountPace | undefined;
  /** What stays mounted is a failure, even when it is read-only. */
  readonly clean: boolean;
  /** False: nobody is signalled. */
  readonly mayKill: boolean;
}

const POLL_MS = 200;
/** Served from elsewhere, or by a process: nothing of theirs lies on a disk of ours. Not fuseblk, which does. */
const networkTypes = /^(nfs4?|cifs|smb3|smbfs|9p|virtiofs|ceph|glusterfs|lustre|orangefs|coda|afs|ncpfs|fuse(\..*)?)$/;
const isRemote = (mount: Mount): boolean => networkTypes.test(mount.fsType);

/** Done when all is unmounted, or what is left is read-only (said in the detail); held when something stays writable. */
export async function unmountEverything(sys: Sys, work: UnmountWork): Promise<PhaseResult> {
  const { termMs = 3_000, killMs = 2_000 } = work.pace ?? {};
  if ((await unmountLeft(sys, work)).length === 0) return done();
  // Who lets go by itself in the time that a TERM would get holds nothing.
  if (!work.mayKill) return (await freedWithin(sys, work, termMs)) ? done() : await nameLeft(sys, work);
  const met = new Set<string>();
  for (const [signal, waitMs] of [
    ['SIGTERM', termMs],
    ['SIGKILL', killMs],
  ] as const) {
    const signalled = new Set(work.spared);
    const endThem = async (): Promise<void> => {
      for (const holder of await endHolders(sys, work, { signal, signalled })) met.add(formatHolder(holder));
    };
    if (await freedWithin(sys, work, waitMs, endThem)) return done(`${signal} freed it: ${[...met].join('; ') || 'no holder found'}`);
  }
  return work.clean ? await nameLeft(sys, work) : await makeReadOnly(sys, work);
}

/** Tries again and again for that long, `before` each time. Resolves with whether all is unmounted. */
async function freedWithin(sys: Sys, work: UnmountWork, waitMs: number, before?: () => Promise<void>): Promise<boolean> {
  const endMs = sys.uptimeMs() + waitMs;
  do {
    await before?.();
    if ((await unmountLeft(sys, work)).length === 0) return true;
    await sys.sleep(POLL_MS, work.signal);
  } while (sys.uptimeMs() < endMs && !work.signal?.aborted);
  return false;
}

/** Leaves everything as it is, and says who holds it. */
async function nameLeft(sys: Sys, { plan }: UnmountWork): Promise<PhaseResult> {
  const paths = pathsOf(plan(await readMounts(sys)));
  const holders = await findHolders(sys, paths);
  const who = holders.length === 0 ? ['no holder found'] : holders.map(formatHolder);
  return held(`${paths.join(' ')} busy: ${who.join('; ')}`, who, adviseHolders(holders));
}

/** One umount each, so that a dead server delays only its own. Returns what is still mounted. */
async function unmountLeft(sys: Sys, { plan, pace = {} }: UnmountWork): Promise<readonly Mount[]> {
  const { diskMs = 60_000, networkMs = 10_000 } = pace;
  for (const mount of plan(await readMounts(sys))) {
    const ran = await runStep(sys, busybox(['umount', mount.mountPoint]), isRemote(mount) ? networkMs : diskMs);
    // Never a disk: detached, it would be out of sight with its data still to be written.
    if (ran.code !== 0 && (isRemote(mount) || isVolatile(mount)))
      await runStep(sys, busybox(['umount', '-f', '-l', mount.mountPoint]), networkMs);
  }
  return plan(await readMounts(sys));
}

/** Signals each holder once; the kernel's own (loop devices, swap files) are detached. Returns all, spared ones too. */
async function endHolders(
  sys: Sys,
  { plan }: UnmountWork,
  { signal, signalled }: { readonly signal: NodeJS.Signals; readonly signalled: Set<number> },
): Promise<readonly NamedHolder[]> {
  const holders = await findHolders(sys, pathsOf(plan(await readMounts(sys))));
  for (const holder of holders) {
    if (holder.pid === 0) await detach(sys, holder);
    else if (!signalled.has(holder.pid)) sys.kill(holder.pid, signal);
    signalled.add(holder.pid);
  }
  return holders;
}

async function detach(sys: Sys, { comm, via }: NamedHolder): Promise<void> {
  if (comm.startsWith('loop')) await runStep(sys, busybox(['losetup', '-d', `/dev/${comm}`]));
  else if (comm === 'swap') await runStep(sys, busybox(['swapoff', via]));
}

/** The last resort: what cannot be unmounted is at least clean on the disk. */
async function makeReadOnly(sys: Sys, { plan }: UnmountWork): Promise<PhaseResult> {
  const left = plan(await readMounts(sys));
  const writable: string[] = [];
  for (const mount of left) {
    if (mount.superOptions.includes('ro') || isVolatile(mount) || isRemote(mount)) continue;
    const ran = await runStep(sys, busybox(['mount', '-o', 'remount,ro', mount.mountPoint]));
    if (ran.code !== 0) writable.push(`${mount.mountPoint}: ${ran.stderr.trim() || `exit ${ran.code ?? ran.signal}`}`);
  }
  const holders = await findHolders(sys, pathsOf(left));
  const who = holders.length === 0 ? ['no holder found'] : holders.map(formatHolder);
  const paths = pathsOf(left).join(' ');
  if (writable.length === 0) return done(`${paths} busy, made read-only: ${who.join('; ')}`);
  return held(`cannot unmount ${paths}, and something stays writable`, [...writable, ...who], adviseHolders(holders));
}

const pathsOf = (mounts: readonly Mount[]): readonly string[] => [...new Set(mounts.map((mount) => mount.mountPoint))];
