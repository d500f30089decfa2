/** A copy of an image with header edits in it, and the links that follow from them: written by debugfs, nothing is mounted. */
import { join } from 'node:path';
import { execa } from 'execa';
import { type Applied, applyMend } from '../../src/init/races/mend/apply-mend.ts';
import type { HeaderEdit } from '../../src/init/races/report/finding.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { copyDisk, type Disk, debugfs, rootOf } from '../disk.ts';
import type { RootLocation } from '../root-location.ts';
import { dumpScripts, quoted } from './script-tree.ts';

const CHECK_MS = 300_000;

/** Goes with it. Throws a sentence when the edits cannot be made, or leave a file system that e2fsck finds fault with. */
export async function mendedImage(image: string, root: RootLocation, edits: readonly HeaderEdit[]): Promise<Disk> {
  const disk = await copyDisk(image, root);
  try {
    // A journal that is not empty would be replayed over what is written now.
    await check(disk, '-p');
    await using tree = await dumpScripts(disk.path, root);
    const applied = await applyMend(createLinuxSys(), tree.path, { summary: 'the mends', verified: false, edits });
    if (applied.kind === 'not-applicable') throw new Error(`the mends cannot be applied to ${image}: ${applied.why}`);
    await debugfs(disk, planWrites(applied, await modesOf(tree.path, applied.files), tree.path));
    await check(disk, '-fn');
    return disk;
  } catch (error) {
    await disk[Symbol.asyncDispose]();
    throw error;
  }
}

/** e2fsck(8): 0 is a file system without fault, 1 one that had some. */
async function check(disk: Disk, how: '-p' | '-fn'): Promise<void> {
  const { exitCode, all } = await execa('e2fsck', [how, rootOf(disk)], { reject: false, all: true, timeout: CHECK_MS });
  if (exitCode !== 0 && !(how === '-p' && exitCode === 1))
    throw new Error(`e2fsck ${how} of the copy to be mended: exit ${exitCode}: ${all}`);
}

async function modesOf(tree: string, files: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const sys = createLinuxSys();
  return new Map(await Promise.all(files.map(async (path) => [path, (await sys.facts(`${tree}${path}`))?.mode ?? 0o755] as const)));
}

/** Of debugfs(8): it has no way to write into a file that is there, so each is another one of the same name and mode. `tree`: where they lie. */
export function planWrites(
  { files, links, removed }: Extract<Applied, { readonly kind: 'applied' }>,
  modes: ReadonlyMap<string, number>,
  tree: string,
): readonly string[] {
  const cut = (path: string) => ({ directory: path.slice(0, path.lastIndexOf('/')), name: path.slice(path.lastIndexOf('/') + 1) });
  return [
    ...files.flatMap((path) => {
      const { directory, name } = cut(path);
      const mode = (0o100000 | (modes.get(path) ?? 0o755)).toString(8).padStart(7, '0');
      const word = quoted(name);
      return [`cd ${quoted(directory)}`, `rm ${word}`, `write ${quoted(join(tree, path))} ${word}`, `sif ${word} mode ${mode}`];
    }),
    ...removed.map((path) => `rm ${quoted(path)}`),
    ...links.flatMap((path) => {
      const { directory, name } = cut(path);
      return [`cd ${quoted(directory)}`, `symlink ${quoted(name)} ${quoted(`../init.d/${name.slice('S00'.length)}`)}`];
    }),
  ];
}
