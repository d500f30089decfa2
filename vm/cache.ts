/** What the harness keeps between runs: images by the hash of what they are made of, the client key, the accelerator. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, readdir, readlink, rm, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** `$LIFEBOOT_CACHE`, else the user's cache directory as the XDG base directory specification has it. */
export function cacheDir(...parts: readonly string[]): string {
  const own = process.env['LIFEBOOT_CACHE'];
  const base = own ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'lifeboot');
  return join(base, ...parts);
}

export async function makeCacheDir(...parts: readonly string[]): Promise<string> {
  const directory = cacheDir(...parts);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return directory;
}

/** Twelve hex digits over names, modes and contents of files, directories (deep, sorted) and plain words. */
export async function hashInputs(inputs: { readonly files?: readonly string[]; readonly words?: readonly string[] }): Promise<string> {
  const hash = createHash('sha256');
  for (const word of inputs.words ?? []) hash.update(`word ${word}\0`);
  for (const file of inputs.files ?? []) await hashTree(hash, file, '');
  return hash.digest('hex').slice(0, 12);
}

async function hashTree(hash: Hash, path: string, name: string): Promise<void> {
  const facts = await lstat(path);
  hash.update(`${name} ${(facts.mode & 0o777).toString(8)}\0`);
  if (facts.isSymbolicLink()) hash.update(await readlink(path));
  else if (facts.isDirectory())
    for (const entry of (await readdir(path)).sort()) await hashTree(hash, join(path, entry), `${name}/${entry}`);
  else
    await pipeline(createReadStream(path), async (chunks) => {
      for await (const chunk of chunks) hash.update(chunk as Buffer);
    });
}

/** Marks an entry as used now, so that pruning takes another one. */
export async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

/** Keeps the `keep` most recently used entries that start with `prefix`; a running QEMU goes on with a removed image. */
export async function prune(directory: string, prefix: string, keep: number): Promise<readonly string[]> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(prefix));
  const dated = await Promise.all(names.map(async (name) => ({ name, usedMs: (await lstat(join(directory, name))).mtimeMs })));
  const old = dated.sort((a, b) => b.usedMs - a.usedMs).slice(keep);
  for (const { name } of old) await rm(join(directory, name), { recursive: true, force: true });
  return old.map(({ name }) => name);
}
