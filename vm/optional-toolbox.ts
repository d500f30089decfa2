/** A toolbox with programs that not every machine needs, built beside `dist/`. */
import { join, resolve } from 'node:path';
import { execa } from 'execa';

const checkout = resolve(import.meta.dirname, '..');
const BUILD_MS = 10 * 60_000;

/** Builds it unless it is there and nothing has changed; gives the directory that has `toolbox/` and `manifest.xxh64`. */
export async function optionalToolbox(words: readonly string[]): Promise<string> {
  const out = join('dist-with', words.join('+'));
  await execa(process.execPath, [join(checkout, 'src/toolbox/main.ts'), '--out', out, '--with', words.join(',')], {
    cwd: checkout,
    all: true,
    timeout: BUILD_MS,
  });
  return join(checkout, out);
}
