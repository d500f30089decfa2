/** Disks whose root lies in LUKS, on LVM or on RAID. Only a kernel can make them, so a machine with our initramfs does, once. */
import { existsSync } from 'node:fs';
import { mkdtemp, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootFiles } from './boot-files.ts';
import { hashInputs, makeCacheDir, prune, touch } from './cache.ts';
import { type Disk, overlayDisk } from './disk.ts';
import { startMachine } from './machine.ts';
import type { RootLocation } from './root-location.ts';
import { type StackName, stackRecipes } from './stack-recipes.ts';

/** More than the plain root takes, with room for every header. */
const SIZE_MIB = 2048;
const DOOR_MS = 90_000;
const MAKE_MS = 8 * 60_000;
const KEPT = 4;

export interface StackParts {
  /** The plain root, an ext4 file system on a whole disk. */
  readonly image: string;
  readonly root: RootLocation;
  /** With an initramfs of ours that has the programs. */
  readonly boot: BootFiles;
  readonly keyFile: string;
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** The disks' files, in order; made unless those of the same root and recipe are in the cache. Never written. */
export async function stackedDisks(name: StackName, parts: StackParts): Promise<readonly string[]> {
  const { disks } = stackRecipes[name];
  const cache = await makeCacheDir('stacked');
  const recipe = Object.entries(stackRecipes[name]).map(([key, value]) => `${key}=${value}`);
  const directory = join(cache, `${name}-${await hashInputs({ files: [import.meta.filename], words: [parts.image, ...recipe] })}`);
  const files = (place: string) => Array.from({ length: disks }, (_, index) => join(place, `disk${index}.img`));
  if (existsSync(directory)) await touch(directory);
  else {
    const work = await mkdtemp(`${directory}.`);
    try {
      for (const file of files(work)) await makeSparse(file);
      parts.say(`making a root on ${name}, which takes a minute or two`);
      await make(name, files(work), parts);
      await rename(work, directory);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
    await prune(cache, `${name}-`, KEPT);
  }
  return files(directory);
}

async function make(name: StackName, files: readonly string[], { image, root, boot, keyFile, signal }: StackParts): Promise<void> {
  const recipe = stackRecipes[name];
  await using source = await overlayDisk(image, root);
  const empty = files.map((path): Disk => ({ path, format: 'raw', root, [Symbol.asyncDispose]: async () => undefined }));
  await using machine = await startMachine({
    ...{ disk: source, moreDisks: empty, boot, keyFile, rootWord: '/dev/none', cmdline: ['rootdelay=1'] },
    ...(signal === undefined ? {} : { signal }),
  });
  // Held: the drivers are loaded, and nothing of ours touches a disk any more.
  await machine.waitDoor('rescue', DOOR_MS);
  await machine.console.waitEvent({ subject: 'hold', name: 'find-root', what: 'held' }, { deadlineMs: DOOR_MS });
  const script = `set -e
export DM_DISABLE_UDEV=1 MDADM_NO_UDEV=1
modprobe -a ext4 dm_mod dm_crypt raid1
${recipe.make}
e2image -ra /dev/vda $device
mkdir -p /mnt
mount -t ext4 $device /mnt
${recipe.configure}
umount /mnt
${recipe.close}
sync`;
  await machine.sh(script, { deadlineMs: MAKE_MS });
}

async function makeSparse(path: string): Promise<void> {
  await using file = await open(path, 'w');
  await file.truncate(SIZE_MIB * 1024 * 1024);
}
