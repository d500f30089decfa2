/** Packages that a scenario installs in the running guest, which has no mirror: fetched once by this machine's apt, and kept. */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { hashInputs, makeCacheDir, prune, touch } from '../cache.ts';
import { hostSources } from './apt-sources.ts';

const KEPT = 2;
const APT_TIMEOUT_MS = 5 * 60_000;

/** Paths of their `.deb` files, of the image's own suite. Throws when this machine has no sources for it. */
export async function serviceDebs(packages: readonly string[]): Promise<readonly string[]> {
  const directory = await makeCacheDir('service-debs');
  const place = join(directory, `services-${await hashInputs({ files: [import.meta.filename], words: packages })}`);
  const found = await readdir(place).catch(() => []);
  if (found.length === 0) await fetchDebs(packages, place);
  await touch(place);
  await prune(directory, 'services-', KEPT);
  return (await readdir(place)).sort().map((name) => join(place, name));
}

/** With lists and state of its own: nothing of this machine's apt is changed. */
async function fetchDebs(packages: readonly string[], place: string): Promise<void> {
  const sources = await hostSources();
  if (sources === undefined) throw new Error('no Debian sources of the image’s suite on this machine: see /etc/apt/sources.list');
  const work = `${place}.${process.pid}.work`;
  const debs = join(work, 'debs');
  try {
    for (const part of ['debs', 'lists/partial', 'cache/archives/partial']) await mkdir(join(work, part), { recursive: true });
    const isStanza = /^Types:/m.test(sources);
    const list = join(work, isStanza ? 'image.sources' : 'image.list');
    await writeFile(list, sources);
    const options = {
      'Dir::Etc::SourceList': isStanza ? '/dev/null' : list,
      'Dir::Etc::SourceParts': isStanza ? work : '/dev/null',
      'Dir::State::Lists': join(work, 'lists'),
      'Dir::State::Status': '/dev/null',
      'Dir::Cache': join(work, 'cache'),
      'APT::Sandbox::User': 'root',
      'Acquire::Languages': 'none',
      'Acquire::Check-Valid-Until': 'false',
      'Acquire::Check-Date': 'false',
    };
    const apt = (...argv: readonly string[]) =>
      execa('apt-get', ['-q', ...Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]), ...argv], {
        cwd: debs,
        timeout: APT_TIMEOUT_MS,
        env: { LC_ALL: 'C' },
      });
    await apt('update');
    await apt('download', ...packages);
    await rename(debs, place);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
