/** Paths inside an unpacked image. Its links are followed as the image itself would follow them, so none leads out of it. */
import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** As many links as the kernel follows before it says ELOOP: path_resolution(7). */
const MAX_LINKS = 40;

/**
 * The real place of `path` inside `root`: `/sbin/x` on a merged-usr image is `ROOT/usr/sbin/x`, whether the link is relative or
 * absolute. `..` stops at the root. The last component itself is not followed, and nothing needs to exist. Throws on a link loop.
 */
export async function resolveInImage(root: string, path: string): Promise<string> {
  const open = parts(path);
  const last = open.pop() ?? '';
  let done: string[] = [];
  let links = 0;
  for (let part = open.shift(); part !== undefined; part = open.shift()) {
    if (part === '..') {
      done = done.slice(0, -1);
      continue;
    }
    const target = await linkTarget(join(root, ...done, part));
    if (target === undefined) {
      done = [...done, part];
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw new Error(`${join(root, path)}: too many symbolic links`);
    if (target.startsWith('/')) done = [];
    open.unshift(...parts(target));
  }
  return join(root, ...done, last);
}

const parts = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch (error) {
    // Not there, or below something that is not a directory: making it will say so.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
    throw error;
  }
}
