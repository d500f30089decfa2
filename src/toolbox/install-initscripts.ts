/** Puts lifeboot's own initscripts into an image that has none of Debian's early ones, and takes them out again. */
import { existsSync } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { imageLayout } from './image-layout.ts';
import { resolveInImage } from './image-path.ts';

const SOURCE = resolve(import.meta.dirname, '../../initscripts');
const HOME = `${imageLayout.home}/initscripts`;
/** What was put into the image outside our own directory, one path a line: uninstall removes just that. */
const RECORD = `${HOME}/installed`;

/** One line of `initscripts/tiers`: `rcS.d S01 hostname`. */
export interface TierLink {
  readonly directory: string;
  /** `S01` or `K01`. */
  readonly prefix: string;
  readonly script: string;
}

/** Reads the tier table. Throws an Error that names the line which is not `DIRECTORY PREFIX SCRIPT`. */
export function parseTierTable(text: string, file: string): readonly TierLink[] {
  return text.split('\n').flatMap((line, index) => {
    const words = line.replace(/#.*/, '').trim().split(/\s+/);
    if (words[0] === '') return [];
    const [directory = '', prefix = '', script = ''] = words;
    const wellFormed = words.length === 3 && /^rc[0-6S]\.d$/.test(directory) && /^[SK]\d\d$/.test(prefix);
    if (!wellFormed)
      throw new Error(`${file}:${index + 1}: ${JSON.stringify(line)}: not "DIRECTORY PREFIX SCRIPT", as in "rcS.d S01 hostname"`);
    return [{ directory, prefix, script }];
  });
}

export const initscriptsInstalled = async (root: string): Promise<boolean> => existsSync(await resolveInImage(root, RECORD));

/** Installs the scripts and their links and returns the places. Throws, before anything is written, when a script of the image has one of their names. */
export async function installInitscripts(root: string): Promise<readonly string[]> {
  const table = join(SOURCE, 'tiers');
  const links = parseTierTable(await readFile(table, 'utf8'), table);
  const scripts = [...new Set(links.map(({ script }) => script))].map((name) => ({
    from: join(SOURCE, 'init.d', name),
    to: `/etc/init.d/${name}`,
  }));
  const files = [...scripts, { from: join(SOURCE, 'insserv.conf'), to: '/etc/insserv.conf.d/lifeboot' }];
  const ours = new Set(await readRecord(root));
  for (const { from, to } of files) await refuseForeign(root, from, to, ours);

  for (const name of await readdir(join(SOURCE, 'lib'))) await place(root, join(SOURCE, 'lib', name), `${HOME}/${name}`);
  for (const { from, to } of files) await place(root, from, to);
  const linked = links.map(({ directory, prefix, script }) => ({
    path: `/etc/${directory}/${prefix}${script}`,
    target: `../init.d/${script}`,
  }));
  for (const { path, target } of linked) await placeLink(root, path, target);
  const placed = [...files.map(({ to }) => to), ...linked.map(({ path }) => path)];
  await writeFile(await resolveInImage(root, RECORD), placed.map((path) => `${path}\n`).join(''));
  return placed;
}

/** Removes what `installInitscripts` put outside lifeboot's own directory, and returns it. */
export async function uninstallInitscripts(root: string): Promise<readonly string[]> {
  const placed = await readRecord(root);
  for (const path of placed) await rm(await resolveInImage(root, path), { force: true });
  return placed;
}

async function readRecord(root: string): Promise<readonly string[]> {
  const record = await resolveInImage(root, RECORD);
  if (!existsSync(record)) return [];
  return (await readFile(record, 'utf8')).split('\n').filter((line) => line !== '');
}

async function refuseForeign(root: string, from: string, to: string, ours: ReadonlySet<string>): Promise<void> {
  const path = await resolveInImage(root, to);
  if (ours.has(to) || !existsSync(path) || (await readFile(path)).equals(await readFile(from))) return;
  throw new Error(`${path} is there already and is not lifeboot's: --initscripts is for images without initscripts of their own`);
}

async function place(root: string, from: string, to: string): Promise<void> {
  const path = await resolveInImage(root, to);
  await mkdir(dirname(path), { recursive: true });
  await copyFile(from, path);
}

async function placeLink(root: string, to: string, target: string): Promise<void> {
  const path = await resolveInImage(root, to);
  await mkdir(dirname(path), { recursive: true });
  const there = await lstat(path).catch(() => undefined);
  if (there?.isSymbolicLink() && (await readlink(path)) === target) return;
  await rm(path, { force: true });
  await symlink(target, path);
}
