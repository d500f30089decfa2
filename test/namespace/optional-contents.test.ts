/** What `npm run build -- --with …` adds: every program is in its package, and every library it needs is found, and nothing else. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { debCache, fetchDebs } from '../../src/toolbox/debs.ts';
import { selectContents } from '../../src/toolbox/optional-contents.ts';
import { closeOverLibraries, copyPrograms, linkNames } from '../../src/toolbox/stage-programs.ts';

/** The addon and node need these: they are not in this tree. */
const forNode = ['libatomic1', 'libgcc-s1', 'libstdc++6'];

async function stage(words: string): Promise<{ readonly names: readonly string[]; readonly bytes: number }> {
  const all = selectContents(words);
  const contents = { ...all, libraries: all.libraries.filter((name) => !forNode.includes(name)) };
  const tree = mkdtempSync(join(tmpdir(), 'lifeboot-optional-'));
  try {
    for (const path of ['bin', 'lib', 'share', 'usr', 'etc', 'lib/lifeboot']) mkdirSync(join(tree, path), { recursive: true });
    const debs = await fetchDebs([...contents.programs.map(({ name }) => name), ...contents.libraries], debCache());
    const byName = new Map(debs.map((deb) => [deb.name, deb]));
    await copyPrograms(tree, byName, contents);
    await closeOverLibraries(tree, byName, [], contents);
    await linkNames(tree, contents);
    const files = ['bin', 'lib'].flatMap((folder) => readdirSync(join(tree, folder)).map((name) => `${folder}/${name}`));
    const bytes = files
      .map((file) => statSync(join(tree, file), { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, size) => sum + size, 0);
    return { names: files, bytes };
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

test.each([
  ['', []],
  ['xfs', ['bin/xfs_repair', 'lib/liburcu.so.8']],
  ['btrfs', ['bin/btrfs']],
  ['vfat', ['bin/fsck.fat']],
  ['f2fs', ['bin/fsck.f2fs']],
  ['mdadm', ['bin/mdadm']],
  ['lvm', ['bin/lvm', 'bin/vgchange']],
  ['luks', ['bin/cryptsetup', 'lib/libcrypto.so.3']],
  ['xfs,btrfs,vfat,f2fs,mdadm,lvm,luks', ['bin/xfs_repair', 'bin/lvm', 'bin/cryptsetup']],
])('selectContents(%j) closes over its libraries', async (words, wanted) => {
  const { names } = await stage(words);
  expect(names).toEqual(expect.arrayContaining(wanted));
});
