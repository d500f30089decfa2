/** symlink(2), for what prepares an image: the boot itself makes none. */
import { symlink } from 'node:fs/promises';
import { asSysError } from './sys.ts';

/** Throws SysError, EEXIST when something is there. */
export async function makeLink(path: string, target: string): Promise<void> {
  try {
    await symlink(target, path);
  } catch (error) {
    throw asSysError(error, path);
  }
}
