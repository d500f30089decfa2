/** Taking a repair back: every recorded step, the last first, or the copy; and accepting it, which gives the room free. */
import type { Sys } from '../../sys/sys.ts';
import { copyBack, hashOf } from './copy-bytes.ts';
import { copySuperblock, sealOf } from './superblock-seal.ts';
import { filesOf, readUndoRecord, UNDO_COPY, UNDO_RECORD, type Undone, type UndoRecord } from './undo-record.ts';

const UNDO_MS = 3_600_000;

/**
 * Takes every recorded step back, the last first, and proves by the checksum of before where there is one. A filesystem that was
 * mounted or changed since is refused, unless forced. e2undo(8) itself would also refuse what e2fsck left when it gave up half-way,
 * so the seal is compared here, and e2undo is always told to go on.
 */
export async function undoRepair(sys: Sys, directory: string, { force = false } = {}): Promise<Undone> {
  const record = await readUndoRecord(sys, directory);
  if (record === undefined) return { outcome: 'failed', reason: `${directory} holds no repair to take back`, evidence: [] };
  const seal = record.steps.at(-1)?.seal;
  if (!force && seal !== undefined && seal !== (await sealOf(sys, record.target))) {
    const reason = `${record.target} was mounted or changed since it was repaired: taking back would mix two states (--force does it all the same)`;
    return { outcome: 'failed', reason, evidence: [] };
  }
  const { copy, copyBefore = 0, sha256 } = record;
  // Nothing was written after all, as with a medium that cannot be: nothing is written now, either.
  if (copy !== undefined && (await hashOf(sys, record.target)) === sha256) return await restored(sys, directory, record, proofOf(sha256));
  if (copy !== undefined && !(await copyBack(sys, `${directory}/${copy}`, record.target)))
    return { outcome: 'failed', reason: `${directory}/${copy} cannot be copied back to ${record.target}`, evidence: [] };
  const steps = copy === undefined ? record.steps : record.steps.slice(0, copyBefore);
  for (const step of [...steps].reverse()) {
    const argv = ['e2undo', '-f', `${directory}/${step.file}`, record.target];
    const ran = await sys.run(argv, { timeoutMs: UNDO_MS });
    if (ran.code === 0) {
      await copySuperblock(sys, record.target, `${directory}/${step.superblock}`, 'restore');
      continue;
    }
    const evidence = `${ran.stdout}\n${ran.stderr}`.split('\n').filter((line) => line.trim() !== '');
    return { outcome: 'failed', reason: `${argv.join(' ')}: exit ${ran.code ?? ran.signal}`, evidence: evidence.slice(-10) };
  }
  const proof = await proveRestored(sys, record);
  if (proof === undefined) {
    const reason = `${record.target} is not what it was before: its SHA-256 is not ${record.sha256}`;
    return { outcome: 'failed', reason, evidence: [`the undo files stay in ${directory}`] };
  }
  return await restored(sys, directory, record, proof);
}

async function restored(sys: Sys, directory: string, record: UndoRecord, proof: string): Promise<Undone> {
  await forgetUndo(sys, directory, record);
  return { outcome: 'restored', steps: record.steps.length, proof };
}

const proofOf = (sha256: string | undefined): string => `SHA-256 ${sha256} as before`;

/** Removes the way back: the repair is accepted. */
export async function forgetUndo(sys: Sys, directory: string, { steps }: UndoRecord): Promise<void> {
  for (const name of steps.flatMap(filesOf)) await sys.remove(`${directory}/${name}`);
  for (const name of [UNDO_COPY, UNDO_RECORD]) await sys.remove(`${directory}/${name}`);
  await sys.remove(directory).catch(() => undefined);
}

async function proveRestored(sys: Sys, { target, sha256 }: UndoRecord): Promise<string | undefined> {
  if (sha256 === undefined) return 'by e2undo';
  return (await hashOf(sys, target)) === sha256 ? proofOf(sha256) : undefined;
}
