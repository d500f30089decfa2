/** A root that its check did not bring to a usable state: what the operator is shown, and which commands would mend it. */
import { type Held, held } from '../sys/phase-result.ts';
import type { Sys } from '../sys/sys.ts';
import type { OtherResult } from './check-other.ts';
import { readDiskEvidence } from './disk-evidence.ts';
import type { LadderResult } from './ladder/repair-ladder.ts';

/** A failing disk is held with the kernel's and its own words; damage with its findings and the ways to repair it. */
export async function heldByCheck(sys: Sys, device: string, result: LadderResult): Promise<Held> {
  const { cause, reason, evidence } = result;
  if (cause === 'disk error') return held(reason, [...evidence, ...(await readDiskEvidence(sys, device))], adviseFailingDisk(device));
  if (cause === 'cancelled') return held(reason, evidence);
  if (cause === 'too small') return held(reason, evidence, [{ command: `lsblk ${device}`, does: 'shows how large the device is' }]);
  return held(reason, evidence, [...adviseRepair(device, result), ...adviseUndo(device, result)]);
}

/** The same for a filesystem with a checker of its own: the advice is its maker's. */
export async function heldByOther(sys: Sys, device: string, { cause, reason, evidence, advice }: OtherResult): Promise<Held> {
  if (cause === 'disk error') return held(reason, [...evidence, ...(await readDiskEvidence(sys, device))], adviseFailingDisk(device));
  return held(reason, evidence, cause === 'cancelled' ? [] : advice);
}

/** Never `-y`: each write to a failing disk may be its last. */
function adviseFailingDisk(device: string): Held['advice'] {
  return [
    { command: 'dmesg', does: 'shows which sectors failed' },
    { command: `dd if=${device} of=FILE bs=64k conv=noerror,sync`, does: 'saves what can still be read, before anything else' },
  ];
}

function adviseRepair(device: string, { cause }: LadderResult): Held['advice'] {
  const elsewhere = cause === 'no undo' ? ' --undo-dir DIR' : '';
  return [
    { command: `e2fsck -n ${device}`, does: 'shows every error and changes nothing' },
    { command: `lifeboot fsck repair ${device}${elsewhere}`, does: 'repairs everything, with a way back: lifeboot fsck undo' },
    { command: `e2fsck -y ${device}`, does: 'repairs everything, which can lose damaged files' },
  ];
}

function adviseUndo(device: string, { undoDirectory, undoTrusted }: LadderResult): Held['advice'] {
  if (undoDirectory === undefined || undoTrusted === false) return [];
  return [{ command: `lifeboot fsck undo ${device} --undo-dir ${undoDirectory}`, does: 'takes the repair back, byte for byte' }];
}
