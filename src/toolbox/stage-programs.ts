/** Puts the programs of the Debian packages and their libraries into the toolbox tree. */
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, realpath, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { makeAbsentLibrary } from './absent-libraries.ts';
import { type Library, planClosure } from './closure.ts';
import { refusedApplets } from './contents.ts';
import type { Deb } from './debs.ts';
import { type ElfFacts, patchElf, readElf } from './elf.ts';
import type { Contents } from './optional-contents.ts';
import { replacePaths } from './replace-paths.ts';

const LIBRARY_DIRECTORIES = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'lib64'];
const LOADER = 'ld-linux-x86-64.so.2';

/** Copies programs and data files into the tree. Throws when a package does not hold what is declared. */
export async function copyPrograms(tree: string, debs: ReadonlyMap<string, Deb>, contents: Contents): Promise<number> {
  let count = 0;
  for (const pick of contents.programs) {
    const deb = found(debs, pick.name);
    const programs = (pick.programs ?? []).map((from) => ({ from, to: `bin/${basename(from)}`, mode: 0o755 }));
    const files = (pick.files ?? []).map((file) => ({ mode: 0o644, ...file }));
    for (const file of [...programs, ...files]) {
      const from = join(deb.tree, file.from);
      if (!existsSync(from)) throw new Error(`${deb.name} ${deb.version} holds no ${file.from}: see src/toolbox/contents.ts`);
      await copyInto(from, join(tree, file.to), file.mode);
      if (pick.paths !== undefined) await replacePaths(join(tree, file.to), pick.paths);
      count += 1;
    }
  }
  return count;
}

/** Links of one program under several names, and busybox applets wherever no full program took the name. */
export async function linkNames(tree: string, contents: Contents): Promise<number> {
  for (const [name, target] of Object.entries(contents.links)) await symlink(target, join(tree, name));
  const { stdout } = await execa(join(tree, 'bin/busybox'), ['--list']);
  const taken = new Set([...(await readdir(join(tree, 'bin'))), ...refusedApplets]);
  const applets = stdout.split('\n').filter((name) => name !== '' && !taken.has(name));
  for (const applet of applets) await symlink('busybox', join(tree, 'bin', applet));
  return applets.length;
}

/** Makes every dynamic program find its libraries below /run/lifeboot and nowhere else. Returns the libraries. */
export async function closeOverLibraries(
  tree: string,
  debs: ReadonlyMap<string, Deb>,
  more: readonly string[],
  contents: Contents,
): Promise<readonly Library[]> {
  const hidden = contents.programs.flatMap(({ files }) =>
    (files ?? []).filter(({ mode }) => mode === 0o755).map(({ to }) => join(tree, to)),
  );
  const programs = await elves([...(await readdir(join(tree, 'bin'))).map((name) => join(tree, 'bin', name)), ...hidden, ...more]);
  const offered = new Map([...(await offeredLibraries(debs, contents.libraries)), ...contents.absent.map(offerAbsent)]);
  const closure = planClosure(
    programs.map((elf) => ({ name: basename(elf.path), needed: elf.needed })),
    offered,
  );
  if (closure.missing.length > 0) throw new Error(`no package of contents.ts brings ${closure.missing.join(', ')}`);
  const used = new Set(closure.libraries.map((library) => library.from));
  const idle = [...contents.libraries, ...contents.absent.map(({ soname }) => soname)].filter((name) => !used.has(name));
  if (idle.length > 0) throw new Error(`contents.ts lists ${idle.join(', ')}, but nothing needs a library of it`);
  for (const elf of programs) await patchElf(elf);
  for (const library of closure.libraries) {
    const to = join(tree, 'lib', library.soname);
    const absent = contents.absent.find(({ soname }) => soname === library.soname);
    if (absent !== undefined) {
      await makeAbsentLibrary(absent, to);
      continue;
    }
    await copyInto(join(found(debs, library.from).tree, library.name), to, library.soname === LOADER ? 0o755 : 0o644);
    if (library.soname !== LOADER) await patchElf({ path: to, needed: library.needed });
  }
  return closure.libraries;
}

/** It needs nothing itself, so what the real one needs is left out, too. */
function offerAbsent({ soname }: { readonly soname: string }): readonly [string, Library] {
  return [soname, { name: soname, soname, from: soname, needed: [] }];
}

/** Every soname the library packages bring; `name` is the path inside the package. */
async function offeredLibraries(debs: ReadonlyMap<string, Deb>, names: readonly string[]): Promise<ReadonlyMap<string, Library>> {
  const offered = new Map<string, Library>();
  for (const name of names) {
    const deb = found(debs, name);
    for (const directory of LIBRARY_DIRECTORIES) {
      if (!existsSync(join(deb.tree, directory))) continue;
      for (const soname of await readdir(join(deb.tree, directory))) {
        if (!/\.so(?:\.\d+)+$/.test(soname)) continue;
        // lib64/ld-linux… is an absolute link to lib/x86_64-linux-gnu, which comes first in the list.
        if (offered.has(soname)) continue;
        const path = await realpath(join(deb.tree, directory, soname));
        const elf = await readElf(path);
        if (elf !== undefined) offered.set(soname, { name: path.slice(deb.tree.length + 1), soname, from: deb.name, needed: elf.needed });
      }
    }
  }
  return offered;
}

async function elves(paths: readonly string[]): Promise<readonly ElfFacts[]> {
  const real = new Set<string>();
  for (const path of paths) real.add(await realpath(path));
  const facts = await Promise.all([...real].sort().map(readElf));
  return facts.filter((elf) => elf !== undefined);
}

async function copyInto(from: string, to: string, mode: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(await realpath(from), to);
  await chmod(to, mode);
}

function found(debs: ReadonlyMap<string, Deb>, name: string): Deb {
  const deb = debs.get(name);
  if (deb === undefined) throw new Error(`package ${name} was not fetched`);
  return deb;
}
