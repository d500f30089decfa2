/** Puts all cases into the tree of an image, each in tiers of its own: one boot runs them all. */
import { chmod, copyFile, mkdir, readdir, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type Race, readRaces, readTwins, type Twin } from './race-case.ts';

/** Below it are the tiers of the image's own scripts. */
const FIRST_TIER = 10;
const LAST_TIER = 99;

export async function installCases(root: string): Promise<void> {
  const cases = [...(await readRaces()), ...(await readTwins())];
  for (const each of cases) await copyFiles(join(each.directory, 'root'), root);
  for (const { link, script } of planLinks(cases)) await symlink(`../init.d/${script}`, join(root, 'etc/rc2.d', link));
}

/** Links of rc2.d: the tiers of one case after those of the other. Throws when there are not enough numbers. */
export function planLinks(cases: readonly (Race | Twin)[]): readonly { readonly link: string; readonly script: string }[] {
  const tiers = cases.flatMap((each) => each.tiers);
  if (FIRST_TIER + tiers.length - 1 > LAST_TIER)
    throw new Error(`${tiers.length} tiers of cases: there are numbers from ${FIRST_TIER} to ${LAST_TIER}`);
  return tiers.flatMap((scripts, index) => scripts.map((script) => ({ link: `S${FIRST_TIER + index}${script}`, script })));
}

/** Modes are of the repository, which knows executable or not; directories that are there stay as they are. */
async function copyFiles(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, source));
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    await copyFile(source, target);
    await chmod(target, (await stat(source)).mode & 0o100 ? 0o755 : 0o644);
  }
}
