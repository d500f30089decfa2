/** What a dynamic ELF file needs, and how it is made to find it below /run/lifeboot. */
import { open } from 'node:fs/promises';
import { execa } from 'execa';

export const INTERPRETER = '/run/lifeboot/lib/ld-linux-x86-64.so.2';
export const LIBRARY_PATH = '/run/lifeboot/lib';

export interface ElfFacts {
  readonly path: string;
  /** Sonames it asks for, in its own order. */
  readonly needed: readonly string[];
  /** Absent for shared libraries. */
  readonly interpreter?: string;
}

/** The facts of a dynamic ELF file; undefined for a static one and for everything else. */
export async function readElf(path: string): Promise<ElfFacts | undefined> {
  if (!(await isElf(path))) return undefined;
  const needed = await execa('patchelf', ['--print-needed', path], { reject: false });
  // patchelf fails on a file without a dynamic section: that is what "static" means here.
  if (needed.exitCode !== 0) return undefined;
  const interpreter = await execa('patchelf', ['--print-interpreter', path], { reject: false });
  return {
    path,
    needed: needed.stdout.split('\n').filter((line) => line !== ''),
    ...(interpreter.exitCode === 0 ? { interpreter: interpreter.stdout } : {}),
  };
}

/** Gives the file the toolbox's interpreter and library path. The loader itself must never come here: patchelf breaks it. */
export async function patchElf(elf: ElfFacts): Promise<void> {
  const interpreter = elf.interpreter === undefined ? [] : ['--set-interpreter', INTERPRETER];
  // DT_RPATH, not DT_RUNPATH: it also serves the libraries of libraries, and LD_LIBRARY_PATH of a broken root cannot win over it.
  await execa('patchelf', [...interpreter, '--force-rpath', '--set-rpath', LIBRARY_PATH, elf.path]);
}

export async function isElf(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.toString('latin1') === '\x7fELF';
  } finally {
    await file.close();
  }
}
