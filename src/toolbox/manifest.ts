/** The checksum list stage 1 checks its copy with: `xxhsum -c` format, XXH64, paths relative to the toolbox. */
import { lstat, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** Regular files below `tree`, relative to it, sorted bytewise. Links and directories carry no content of their own. */
export async function listFiles(tree: string, below = ''): Promise<readonly string[]> {
  const entries = await readdir(join(tree, below), { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await listFiles(tree, path)));
    else if (entry.isFile()) found.push(path);
  }
  return found.sort();
}

/**
 * Writes the manifest of `tree` to `file` (mode 0644) and returns how many files it covers and their bytes. The baked configuration is
 * left out: people edit it in place, its parsers survive anything, and a sum that differs would cost the door.
 */
export async function writeManifest(tree: string, file: string): Promise<{ readonly files: number; readonly bytes: number }> {
  const files = (await listFiles(tree)).filter((path) => !path.startsWith('etc/lifeboot/'));
  // Paths may be many, but not more than one argument list takes (2 MiB).
  const { stdout } = await execa('xxhsum', ['-H1', ...files], { cwd: tree, env: { LC_ALL: 'C' } });
  await writeFile(file, `${stdout}\n`, { mode: 0o644 });
  const sizes = await Promise.all(files.map(async (path) => (await lstat(join(tree, path))).size));
  return { files: files.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}
