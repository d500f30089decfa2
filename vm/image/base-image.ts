/** The unmodified Debian server as a tar file: mmdebstrap's work, cached by the hash of what goes in. */
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hashInputs, makeCacheDir, prune, touch } from '../cache.ts';
import type { ShowProgress } from '../progress.ts';
import { buildDebianBase } from './debian-base.ts';

const here = import.meta.dirname;
const packageList = join(here, 'packages.txt');
const recipe = join(here, 'debian-base.ts');
const KEPT = 2;

/** Path of the tar file. Builds it when its package list or this recipe changed; as root or through mmdebstrap's own means. */
export async function buildBaseImage(show: ShowProgress, signal?: AbortSignal): Promise<string> {
  const directory = await makeCacheDir('images');
  const hash = await hashInputs({ files: [packageList, import.meta.filename, recipe] });
  const tar = join(directory, `base-${hash}.tar.zst`);
  if (existsSync(tar)) {
    show('Debian base').done(`reused (${hash})`);
    await touch(tar);
    return tar;
  }
  const unfinished = join(directory, `base-${hash}.${process.pid}.unfinished.tar.zst`);
  try {
    const packages = parsePackages(await readFile(packageList, 'utf8'));
    await buildDebianBase({ title: 'the server', packages, tar: unfinished, show, ...(signal === undefined ? {} : { signal }) });
    await rename(unfinished, tar);
  } finally {
    await rm(unfinished, { force: true });
  }
  await prune(directory, 'base-', KEPT);
  return tar;
}

/** Names from the list; blank lines and `# reasons` are skipped. */
export function parsePackages(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((name) => name !== '');
}
