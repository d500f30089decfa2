/** What QEMU needs beside the disk: the image's own kernel, and its own initrd or our loader. */
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashInputs, makeCacheDir, prune, touch } from './cache.ts';
import { type LoaderParts, type LoaderType, loaderModules, loaderTypes, makeLoaderInitrd } from './loader-initrd.ts';
import { type RootLocation, readDebugfs } from './root-location.ts';

export type InitrdChoice = 'loader' | 'image';

export interface BootFiles {
  readonly kernel: string;
  readonly initrd: string;
  readonly kernelVersion: string;
}

const KEPT = 6;

/**
 * Takes the newest kernel out of the image (`/boot/vmlinuz-VERSION`) and the initrd chosen; the loader gets the drivers of further types
 * of file systems, too. Throws when the image has no kernel.
 */
export async function bootFiles(
  image: string,
  root: RootLocation,
  choice: InitrdChoice,
  types: readonly LoaderType[] = [],
): Promise<BootFiles> {
  const kernelVersion = await newestKernel(image, root);
  const cache = await makeCacheDir('boot');
  const facts = await stat(image);
  const words = [image, `${facts.size} ${facts.mtimeMs}`, `${root.offset}`, choice, ...types];
  const directory = join(cache, await hashInputs({ files: [import.meta.filename, join(import.meta.dirname, 'loader-initrd.ts')], words }));
  const files = { kernel: join(directory, 'kernel'), initrd: join(directory, 'initrd'), kernelVersion };
  if (existsSync(directory)) {
    await touch(directory);
    return files;
  }
  const work = await mkdtemp(`${directory}.`);
  try {
    await dump(image, root, `/boot/vmlinuz-${kernelVersion}`, join(work, 'kernel'));
    if (choice === 'image') await dump(image, root, `/boot/initrd.img-${kernelVersion}`, join(work, 'initrd'));
    else await makeLoaderInitrd(join(work, 'initrd'), await loaderParts(image, root, kernelVersion, { work, types }));
    await rename(work, directory);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await prune(cache, '', KEPT);
  return files;
}

async function newestKernel(image: string, root: RootLocation): Promise<string> {
  const { stdout } = await readDebugfs(image, root, 'ls -p /boot');
  const versions = [...stdout.matchAll(/\/vmlinuz-([^/]+)\//g)].map((match) => match[1] ?? '');
  const newest = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (newest === undefined) throw new Error(`${image}: no /boot/vmlinuz-VERSION in it: the harness boots the image's own kernel`);
  return newest;
}

/** A driver that is not there as a module is built into the kernel. */
async function loaderParts(
  image: string,
  root: RootLocation,
  version: string,
  { work, types }: { readonly work: string; readonly types: readonly LoaderType[] },
): Promise<LoaderParts> {
  const modules: string[] = [];
  for (const module of [...loaderModules, ...types.flatMap((type) => loaderTypes[type])]) {
    const target = join(work, `${module.split('/').at(-1)}.ko`);
    if (await dumpIfThere(image, root, `/lib/modules/${version}/kernel/${module}.ko`, target)) modules.push(target);
  }
  return { modules };
}

async function dump(image: string, root: RootLocation, path: string, target: string): Promise<void> {
  if (!(await dumpIfThere(image, root, path, target))) throw new Error(`${image}: no ${path} in it`);
}

/** debugfs leaves an empty file for a path that does not exist. */
async function dumpIfThere(image: string, root: RootLocation, path: string, target: string): Promise<boolean> {
  await readDebugfs(image, root, `dump ${path} ${target}`);
  const size = existsSync(target) ? (await stat(target)).size : 0;
  if (size === 0) await rm(target, { force: true });
  return size > 0;
}
