/** A file for its owner's eyes alone. */
import { chmod, open, rename, unlink } from 'node:fs/promises';
import { besidePath } from './files.ts';
import { asSysError } from './sys.ts';

/** Writes all or nothing, mode 0600 from the first byte on; an older file of the name is replaced. Throws SysError. */
export async function writePrivate(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = besidePath(path);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    await chmod(temporary, 0o600);
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw asSysError(error, path);
  }
}
