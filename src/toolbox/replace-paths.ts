/** Paths that a program has compiled in, changed where no option of it can. */
import { readFile, writeFile } from 'node:fs/promises';

/** Rewrites the file. Throws as `withPaths` does. */
export async function replacePaths(file: string, paths: Readonly<Record<string, string>>): Promise<void> {
  const bytes = await readFile(file);
  await writeFile(file, Buffer.from(withPaths(bytes.toString('latin1'), paths), 'latin1'));
}

/** The program, one character a byte, with each path in place of the other. Throws when one is not there, or not as long: all that follows would move. */
export function withPaths(program: string, paths: Readonly<Record<string, string>>): string {
  return Object.entries(paths).reduce((before, [from, to]) => {
    if (from.length !== to.length) throw new Error(`${to} is not as long as ${from}: see paths in src/toolbox/contents.ts`);
    if (!before.includes(from)) throw new Error(`the program holds no ${from}: see paths in src/toolbox/contents.ts`);
    return before.replaceAll(from, () => to);
  }, program);
}
