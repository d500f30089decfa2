/** The base of the systemd-networkd server as a tar file, cached by the hash of what goes in. */
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hashInputs, makeCacheDir, prune, touch } from '../cache.ts';
import type { ShowProgress } from '../progress.ts';
import { parsePackages } from './base-image.ts';
import { buildDebianBase } from './debian-base.ts';

const here = import.meta.dirname;
const packageList = join(here, 'networkd/packages.txt');
const PREFIX = 'networkd-base-';
const KEPT = 2;

/** Path of the tar file; built unless one of the same inputs is in the cache. */
export async function buildNetworkdBase(show: ShowProgress, signal = new AbortController().signal): Promise<string> {
  const directory = await makeCacheDir('images');
  const hash = await hashInputs({ files: [packageList, join(here, 'debian-base.ts')] });
  const tar = join(directory, `${PREFIX}${hash}.tar.zst`);
  if (existsSync(tar)) {
    await touch(tar);
    return tar;
  }
  const unfinished = join(directory, `${PREFIX}${hash}.${process.pid}.unfinished.tar.zst`);
  try {
    const packages = parsePackages(await readFile(packageList, 'utf8'));
    await buildDebianBase({ title: 'the networkd server', packages, tar: unfinished, show, signal });
    await rename(unfinished, tar);
  } finally {
    await rm(unfinished, { force: true });
  }
  await prune(directory, PREFIX, KEPT);
  return tar;
}
