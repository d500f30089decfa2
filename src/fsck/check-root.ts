/** Phase check-root: brings the unmounted root to a state that may be mounted, or holds with what was found and what would be lost. */
import { emit } from '../sys/events.ts';
import type { FsckMode, FsckRepair } from '../sys/kernel-options.ts';
import { readMounts } from '../sys/mountinfo.ts';
import { done, held, type PhaseResult } from '../sys/phase-result.ts';
import type { RootFacts } from '../sys/root-facts.ts';
import type { ProcessFacts, Sys } from '../sys/sys.ts';
import { mountsOf } from './block-device.ts';
import { openCheckLog } from './check-log.ts';
import { checkOther } from './check-other.ts';
import type { CheckProgress } from './check-progress.ts';
import { whyUnchecked } from './checkers.ts';
import { guardClock } from './clock-guard.ts';
import { heldByCheck, heldByOther } from './held-by-check.ts';
import { climbRepairLadder, type Policy } from './ladder/repair-ladder.ts';
import { undoDirectoryOf } from './ladder/undo-record.ts';
import { forgetProgress, openProgress } from './tell-progress.ts';

/** An initramfs leaves this when it has checked the root: initramfs-tools(7). */
const initramfsStamp = '/run/initramfs/fsck-root';
const extTypes: ReadonlySet<string> = new Set(['ext2', 'ext3', 'ext4']);
const POLL_MS = 500;
const theRoot = { subject: 'phase', name: 'check-root' } as const;

export interface CheckOptions {
  readonly root: RootFacts;
  readonly mode: FsckMode;
  readonly repair: FsckRepair;
  /** `rootflags=`: what it will be mounted with. */
  readonly rootflags?: string;
  /** How long a check may say nothing: one that still moves has all the time it needs. */
  readonly silenceMs: number;
  /** Below which undo files go, in a directory for each device. */
  readonly undoDirectory: string;
  /** Called every few seconds while the check runs. */
  readonly onProgress?: (progress: CheckProgress) => void;
  /** Cancels the check: e2fsck stops at a safe point and says so. */
  readonly signal?: AbortSignal;
  /** Told of each run of e2fsck as it begins, with a function that starts its silence anew. */
  readonly onStart?: (extend: () => void) => void;
}

/** What `fsck.repair=` allows. */
export const policyOf: Readonly<Record<FsckRepair, Policy>> = { no: 'hold', preen: 'preen', yes: 'undo-yes' };

/**
 * Climbs the repair ladder. Done: the root may be mounted read-write, or a check is not wanted. Held: errors are left, the disk fails,
 * the check was cancelled. A check that an earlier agent left running is waited for, never doubled.
 */
export async function checkRoot(sys: Sys, options: CheckOptions): Promise<PhaseResult> {
  const { root, repair } = options;
  // What was said for this boot goes before what was left on the root.
  const mode = options.mode === 'auto' ? (root.checkWish ?? 'auto') : options.mode;
  if (mode === 'skip') return done(options.mode === 'skip' ? 'not checked: fsck.mode=skip' : 'not checked: /fastboot');
  if (root.source === undefined)
    return held('the root device is not known', ['stage 1 found none; root= on the kernel command line names it']);
  const fsType = root.fsType ?? (await probeType(sys, root.source));
  const unchecked = extTypes.has(fsType) ? undefined : whyUnchecked(fsType);
  if (unchecked !== undefined) return done(unchecked);
  if (mode !== 'force' && (await sys.facts(initramfsStamp)) !== undefined) return done('checked by the initramfs');

  await forgetProgress(sys);
  await waitForOther(sys, root.source, options);
  const mounted = await mountsOf(sys, await readMounts(sys), root.source);
  if (mounted.length > 0)
    return heldMounted(
      root.source,
      mounted.map((mount) => mount.mountPoint),
    );
  if (!extTypes.has(fsType)) return await checkOtherRoot(sys, root.source, fsType, { ...options, mode });
  const clock = await guardClock(sys, root.source);
  if (clock !== undefined) await emit(sys, { subject: 'phase', name: 'check-root', what: 'clock', detail: clock });
  const progress = openProgress(sys, { device: root.source, ...theRoot }, options.onProgress);
  const log = openCheckLog(sys);
  const result = await climbRepairLadder(sys, {
    device: root.source,
    policy: policyOf[repair],
    full: mode === 'force',
    undoPreen: false,
    undoDirectory: undoDirectoryOf(root.source, options.undoDirectory),
    silenceMs: options.silenceMs,
    onProgress: progress.tell,
    onRun: (_rung, { ran }) => log.keep(ran),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onStart === undefined ? {} : { onStart: options.onStart }),
  });
  await progress.end();
  await log.settled();
  return result.outcome === 'held' ? await heldByCheck(sys, root.source, result) : done(result.reason);
}

/** A root of another type, by its own checker; one that is not there is said, and the mount judges. */
async function checkOtherRoot(sys: Sys, device: string, type: string, options: CheckOptions): Promise<PhaseResult> {
  const { mode, repair, rootflags = '', undoDirectory, silenceMs, signal, onStart } = options;
  const progress = openProgress(sys, { device, ...theRoot });
  const log = openCheckLog(sys);
  const result = await checkOther(sys, {
    ...{ device, type, policy: policyOf[repair], full: mode === 'force', undoPreen: false, silenceMs },
    undoDirectory: undoDirectoryOf(device, undoDirectory),
    mountOptions: rootflags.split(','),
    onRung: progress.begin,
    onRun: (_rung, { ran }) => log.keep(ran),
    ...(signal === undefined ? {} : { signal }),
    ...(onStart === undefined ? {} : { onStart }),
  });
  await progress.end();
  await log.settled();
  return result.outcome === 'held' ? await heldByOther(sys, device, result) : done(result.reason);
}

/** Undefined when the root is clean by its checker's own judgement (read-only, e2fsck not forced), or of a type that is not checked. */
export async function verifyChecked(
  sys: Sys,
  { root, silenceMs, signal }: Pick<CheckOptions, 'root' | 'silenceMs' | 'signal'>,
): Promise<string | undefined> {
  if (root.source === undefined) return 'the root device is not known';
  const type = root.fsType ?? (await probeType(sys, root.source));
  if (!extTypes.has(type)) return await verifyOther(sys, root.source, type, silenceMs, signal);
  const ran = await sys.run(['e2fsck', '-n', root.source], { timeoutMs: silenceMs, ...(signal === undefined ? {} : { signal }) });
  if (ran.code === null) return `e2fsck -n ${root.source} did not come to an end (${ran.signal})`;
  return ran.code === 0 ? undefined : `e2fsck -n ${root.source} still finds errors (exit ${ran.code})`;
}

/** By a look that writes nothing. What has no checker has nobody to speak against it. */
async function verifyOther(
  sys: Sys,
  device: string,
  type: string,
  silenceMs: number,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const options = { device, type, policy: 'hold', full: true, undoPreen: false, undoDirectory: '', silenceMs } as const;
  const result = await checkOther(sys, { ...options, ...(signal === undefined ? {} : { signal }) });
  return result.outcome === 'held' ? result.reason : undefined;
}

/** blkid's word for the type; empty when it has none. */
async function probeType(sys: Sys, device: string): Promise<string> {
  const ran = await sys.run(['blkid', '-p', '-s', 'TYPE', '-o', 'value', device], { timeoutMs: 30_000 });
  return ran.stdout.trim();
}

/** Our own child of an earlier agent, or an operator's: two e2fsck on one device end with "is in use". */
async function waitForOther(sys: Sys, device: string, { silenceMs, signal }: CheckOptions): Promise<void> {
  const endMs = sys.uptimeMs() + silenceMs;
  let told = false;
  while (sys.uptimeMs() < endMs && !signal?.aborted) {
    const other = (await sys.processes()).find((process) => isCheckOf(process, device));
    if (other === undefined) return;
    const detail = `${other.argv.join(' ')} is running already as pid ${other.pid}`;
    if (!told) await emit(sys, { subject: 'phase', name: 'check-root', what: 'waiting', detail });
    told = true;
    await sys.sleep(POLL_MS, signal);
  }
}

function isCheckOf({ argv }: ProcessFacts, device: string): boolean {
  return /(^|\/)(e2fsck|fsck(\.\w+)?|xfs_repair|btrfs)$/.test(argv[0] ?? '') && argv.includes(device);
}

function heldMounted(device: string, mountPoints: readonly string[]): PhaseResult {
  const advice = mountPoints.map((mountPoint) => ({ command: `umount ${mountPoint}`, does: 'unmounts it, so that it can be checked' }));
  return held(`${device} is mounted on ${mountPoints.join(' ')}: a mounted filesystem is never checked`, [], advice);
}
