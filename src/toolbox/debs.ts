/** Debian packages as files: fetched through apt into a cache, unpacked there, never installed on the build machine. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export interface Deb {
  readonly name: string;
  readonly version: string;
  /** Source package and its version: what a security notice names. */
  readonly source: string;
  readonly sourceVersion: string;
  readonly architecture: string;
  readonly maintainer: string;
  readonly homepage?: string;
  /** Source packages whose code is inside by static linking: `glibc (= 2.36-9)`. */
  readonly builtUsing?: string;
  /** Directory with the unpacked files. */
  readonly tree: string;
  /** The package file itself. */
  readonly file: string;
}

/** `${XDG_CACHE_HOME:-~/.cache}/lifeboot/debs`: shared by all checkouts of one user. LIFEBOOT_CACHE names another place. */
export function debCache(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['LIFEBOOT_CACHE'] ?? join(env['XDG_CACHE_HOME'] || join(env['HOME'] ?? '/root', '.cache'), 'lifeboot');
  return join(base, 'debs');
}

/** Candidate versions out of `apt-cache policy NAME…`; a package without one is absent. */
export function parsePolicy(text: string): ReadonlyMap<string, string> {
  const versions = new Map<string, string>();
  let name = '';
  for (const line of text.split('\n')) {
    const heading = /^(\S+):$/.exec(line);
    if (heading?.[1] !== undefined) name = heading[1].replace(/:.*$/, '');
    const candidate = /^ {2}Candidate: (\S+)$/.exec(line)?.[1];
    if (candidate !== undefined && candidate !== '(none)') versions.set(name, candidate);
  }
  return versions;
}

/**
 * The packages at apt's candidate versions, downloaded where the cache lacks them. Refreshes apt's lists once when they know
 * nothing. Throws an Error that names the packages nobody offers.
 */
export async function fetchDebs(names: readonly string[], cache: string): Promise<readonly Deb[]> {
  await mkdir(cache, { recursive: true });
  const versions = await candidates(names);
  const missing = names.filter((name) => debFile(cache, name, versions.get(name)) === undefined);
  if (missing.length > 0)
    await download(
      missing.map((name) => `${name}=${versions.get(name)}`),
      cache,
    );
  const debs: Deb[] = [];
  for (const name of names) debs.push(await unpack(cache, name, versions.get(name) ?? ''));
  return debs;
}

async function candidates(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ask = async (): Promise<ReadonlyMap<string, string>> =>
    parsePolicy((await execa('apt-cache', ['policy', ...names], { env: { LC_ALL: 'C' } })).stdout);
  let found = await ask();
  if (names.some((name) => !found.has(name)) && process.getuid?.() === 0) {
    await execa('apt-get', ['update', '-q'], { stdout: 'ignore' });
    found = await ask();
  }
  const unknown = names.filter((name) => !found.has(name));
  if (unknown.length > 0) {
    throw new Error(
      `apt offers no package ${unknown.join(', ')}: run "sudo apt-get update"; the toolbox is built from the packages of Debian 12 (bookworm)`,
    );
  }
  return found;
}

/** apt writes `:` of an epoch as `%3a`. */
function debFile(cache: string, name: string, version: string | undefined): string | undefined {
  const stem = `${name}_${(version ?? '').replaceAll(':', '%3a')}_`;
  for (const architecture of ['amd64', 'all']) {
    const file = join(cache, `${stem}${architecture}.deb`);
    if (existsSync(file)) return file;
  }
  return undefined;
}

/** Downloads beside the cache and renames, so that a broken download never counts as cached. */
async function download(wanted: readonly string[], cache: string): Promise<void> {
  const partial = await mkdtemp(join(cache, 'partial-'));
  try {
    await execa('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=root', ...wanted], {
      cwd: partial,
      stdout: 'ignore',
      stderr: 'pipe',
    });
    for (const file of await readdir(partial)) await rename(join(partial, file), join(cache, file));
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function unpack(cache: string, name: string, version: string): Promise<Deb> {
  const file = debFile(cache, name, version);
  if (file === undefined) throw new Error(`apt-get download left no file for ${name} ${version} in ${cache}`);
  const tree = file.replace(/\.deb$/, '.tree');
  if (!existsSync(tree)) {
    const fresh = await mkdtemp(join(cache, 'tree-'));
    await execa('dpkg-deb', ['-x', file, fresh]);
    await rename(fresh, tree);
  }
  const { stdout } = await execa('dpkg-deb', [
    '-f',
    file,
    'Package',
    'Version',
    'Source',
    'Architecture',
    'Maintainer',
    'Homepage',
    'Built-Using',
  ]);
  return { ...parseControl(stdout), tree, file };
}

/** Fields of a control file, `Source: glibc (2.36-9)` taken apart. */
export function parseControl(text: string): Omit<Deb, 'tree' | 'file'> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Za-z-]+): (.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) fields.set(match[1], match[2]);
  }
  const name = fields.get('Package') ?? '';
  const version = fields.get('Version') ?? '';
  const source = /^(\S+)(?: \((.+)\))?$/.exec(fields.get('Source') ?? '');
  const homepage = fields.get('Homepage');
  const builtUsing = fields.get('Built-Using');
  return {
    name,
    version,
    source: source?.[1] ?? name,
    sourceVersion: source?.[2] ?? version,
    architecture: fields.get('Architecture') ?? '',
    maintainer: fields.get('Maintainer') ?? '',
    ...(homepage === undefined ? {} : { homepage }),
    ...(builtUsing === undefined ? {} : { builtUsing }),
  };
}
