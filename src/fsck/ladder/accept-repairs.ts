/** The repairs of this boot proved good: their ways back go, and give their room free. */
import type { Sys } from '../../sys/sys.ts';
import { forgetCopy, readCopyRecord } from './undo-copy.ts';
import { readUndoRecord } from './undo-record.ts';
import { forgetUndo } from './undo-repair.ts';

/**
 * Forgets what lies in the directories of the devices below `base`. A directory without a record of ours is somebody else's, whatever its
 * files are called. What cannot be removed costs room, nothing else.
 */
export async function acceptRepairs(sys: Sys, base: string): Promise<void> {
  for (const name of (await sys.listDir(base).catch(() => undefined)) ?? []) {
    const directory = `${base}/${name}`;
    const [copy, undo] = [await recordOf(readCopyRecord(sys, directory)), await recordOf(readUndoRecord(sys, directory))];
    if (copy !== undefined) await forgetCopy(sys, directory).catch(() => undefined);
    if (undo !== undefined) await forgetUndo(sys, directory, undo).catch(() => undefined);
  }
}

/** One that cannot be read is not known to be ours. */
const recordOf = <T>(reading: Promise<T | undefined>): Promise<T | undefined> => reading.catch(() => undefined);
