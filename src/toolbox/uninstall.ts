/** Takes lifeboot out of an unpacked image: every place install has, and what it left half-done when it was interrupted. */
import { existsSync } from 'node:fs';
import { lstat, rm } from 'node:fs/promises';
import { imageLayout } from './image-layout.ts';
import { resolveInImage } from './image-path.ts';

export interface UninstallOptions {
  readonly root: string;
  /** Leaves /etc/lifeboot: host key, keys and configuration survive for the next install. */
  readonly keepConfig?: boolean;
}

/** Removes it and returns the places, as the image sees them, that were there. Nothing there is no error. */
export async function uninstallToolbox(options: UninstallOptions): Promise<readonly string[]> {
  if (!existsSync(options.root)) throw new Error(`${options.root}: no such directory; --root names the top of an unpacked image`);
  const removed: string[] = [];
  for (const place of planUninstall(options.keepConfig ?? false)) {
    const path = await resolveInImage(options.root, place);
    if (!(await isThere(path))) continue;
    await rm(path, { recursive: true, force: true });
    removed.push(place);
  }
  return removed;
}

/** The door's program goes first: an image that is half uninstalled then boots its own init. */
export function planUninstall(keepConfig: boolean): readonly string[] {
  const { init, command, home, notice, config } = imageLayout;
  const leftovers = [`${init}.new`, `${command}.new`, `${notice}.new`, `${home}.new`, `${home}.old`];
  return [init, command, home, notice, ...leftovers, ...(keepConfig ? [] : [config])];
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}
