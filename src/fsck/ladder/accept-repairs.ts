/** The repairs of this boot proved good: their ways back go, and give their room free. */
import type { Sys } from '../../sys/sys.ts';
import { forgetCopy } from './undo-copy.ts';
import { forgetUndo } from './undo-store.ts';

/** Forgets what lies in the directories of the devices below `base`. What cannot be removed costs room, nothing else. */
export async function acceptRepairs(sys: Sys, base: string): Promise<void> {
  for (const name of (await sys.listDir(base).catch(() => undefined)) ?? []) {
    const directory = `${base}/${name}`;
    await forgetCopy(sys, directory).catch(() => undefined);
    await forgetUndo(sys, directory).catch(() => undefined);
  }
}
