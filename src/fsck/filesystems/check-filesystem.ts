/** The check of one filesystem of fstab, by its own checker: the same ladder and the same policy as the root's. */
import { emit } from '../../sys/events.ts';
import type { FsckMode, FsckRepair } from '../../sys/kernel-options.ts';
import { readMounts } from '../../sys/mountinfo.ts';
import { type Ran, type Sys, SysError } from '../../sys/sys.ts';
import { mountsOf } from '../block-device.ts';
import { type CheckLog, openCheckLog } from '../check-log.ts';
import { checkOther } from '../check-other.ts';
import { policyOf } from '../check-root.ts';
import { whyUnchecked } from '../checkers.ts';
import { readDiskEvidence } from '../disk-evidence.ts';
import type { FstabEntry } from '../fstab.ts';
import { findType, isExt } from '../ladder/find-type.ts';
import { climbRepairLadder } from '../ladder/repair-ladder.ts';
import { undoDirectoryOf } from '../ladder/undo-record.ts';
import { openProgress } from '../tell-progress.ts';
import type { Checked } from './check-report.ts';
import type { Filesystem } from './filesystem.ts';

export interface CheckWish {
  readonly mode: FsckMode;
  readonly repair: FsckRepair;
  readonly silenceMs: number;
  readonly undoDirectory: string;
  readonly signal?: AbortSignal;
  readonly onStart?: (extend: () => void) => void;
  /** The operator wants to go on without the checks that were aborted. */
  readonly skipped?: () => boolean;
  /** Of all the checks that run side by side. */
  readonly log?: CheckLog;
}

const EVIDENCE_LINES = 12;

/** Tells of its beginning, its progress and its end by events. Throws nothing: what cannot be checked is held. */
export async function checkFilesystem(sys: Sys, { entry, nofail }: Filesystem, device: string, wish: CheckWish): Promise<Checked> {
  const { source, mountPoint } = entry;
  const tell = (outcome: Checked['outcome'], reason: string, evidence: readonly string[] = []): Checked => {
    void emit(sys, { subject: 'filesystem', name: mountPoint, what: outcome, detail: `${device}: ${reason}` });
    return { source, mountPoint, outcome, reason, evidence, nofail };
  };
  try {
    return await check(sys, entry, device, wish, tell);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return tell('held', `its check could not be started: ${error.message}`);
  }
}

async function check(
  sys: Sys,
  { fsType: named, mountPoint, options: mountOptions }: FstabEntry,
  device: string,
  wish: CheckWish,
  tell: (outcome: Checked['outcome'], reason: string, evidence?: readonly string[]) => Checked,
): Promise<Checked> {
  const { mode, repair, silenceMs, undoDirectory, signal, onStart, log = openCheckLog(sys) } = wish;
  if (mode === 'skip') return tell('unchecked', 'fsck.mode=skip');
  const type = named === 'auto' ? await findType(sys, device) : named;
  const why = isExt(type) ? undefined : whyUnchecked(type);
  if (why !== undefined) return tell('unchecked', why);
  const mounted = await mountsOf(sys, await readMounts(sys), device);
  if (mounted.length > 0) return tell('unchecked', `mounted on ${mounted[0]?.mountPoint}: a mounted filesystem is never checked`);
  const options = {
    device,
    policy: policyOf[repair],
    full: mode === 'force',
    undoPreen: false,
    undoDirectory: undoDirectoryOf(device, undoDirectory),
    silenceMs,
    onRun: (_rung: string, { ran }: { readonly ran: Ran }) => log.keep(ran),
    ...(signal === undefined ? {} : { signal }),
    ...(onStart === undefined ? {} : { onStart }),
  };
  const progress = openProgress(sys, { device, subject: 'filesystem', name: mountPoint });
  const result = isExt(type)
    ? await climbRepairLadder(sys, { ...options, onProgress: progress.tell })
    : await checkOther(sys, { ...options, type, mountOptions, onRung: progress.begin });
  await progress.end();
  await log.settled();
  if (result.cause === 'cancelled' && wish.skipped?.()) return tell('unchecked', 'skipped by the operator: it may have errors');
  const disk = result.cause === 'disk error' ? await readDiskEvidence(sys, device) : [];
  return tell(result.outcome, result.reason, [...result.evidence, ...disk].slice(-EVIDENCE_LINES));
}
