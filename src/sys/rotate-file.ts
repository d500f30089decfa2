/** Keeps a log in memory from growing for ever. Synchronous, as all of memory-files.ts. */
import { renameSync, statSync } from 'node:fs';
import { isAbsent } from './files.ts';
import { asSysError } from './sys.ts';

/**
 * A file that has grown to so many bytes becomes `PATH.1`, in place of an older one. Whoever opens it for each line, as `appendLine`
 * does, loses nothing. True when it did. Throws SysError.
 */
export function rotateFile(path: string, mostBytes: number): boolean {
  try {
    if (statSync(path).size < mostBytes) return false;
    renameSync(path, `${path}.1`);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw asSysError(error, path);
  }
}
