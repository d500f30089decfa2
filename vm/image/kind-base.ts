/** The base of a small server as a tar file, cached by the hash of what goes in. */
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hashInputs, makeCacheDir, prune, touch } from '../cache.ts';
import type { ShowProgress } from '../progress.ts';
import { parsePackages } from './base-image.ts';
import { buildDebianBase } from './debian-base.ts';
import type { ImageKind } from './server-image.ts';

const here = import.meta.dirname;
const KEPT = 2;

/** Path of the tar file of `KIND/packages.txt`; built unless one of the same inputs is in the cache. */
export async function buildKindBase(
  kind: Exclude<ImageKind, 'server'>,
  show: ShowProgress,
  signal = new AbortController().signal,
): Promise<string> {
  const packageList = join(here, kind, 'packages.txt');
  const prefix = `${kind}-base-`;
  const directory = await makeCacheDir('images');
  const hash = await hashInputs({ files: [packageList, join(here, 'debian-base.ts')] });
  const tar = join(directory, `${prefix}${hash}.tar.zst`);
  if (existsSync(tar)) {
    await touch(tar);
    return tar;
  }
  const unfinished = join(directory, `${prefix}${hash}.${process.pid}.unfinished.tar.zst`);
  try {
    const packages = parsePackages(await readFile(packageList, 'utf8'));
    await buildDebianBase({ title: `the ${kind} server`, packages, tar: unfinished, show, signal });
    await rename(unfinished, tar);
  } finally {
    await rm(unfinished, { force: true });
  }
  await prune(directory, prefix, KEPT);
  return tar;
}
