/** One hash over everything a build depends on, so that the second build can say "reused". */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

/** Sixteen hex digits over src/, the lock file and Node's own manifest; src/setup and tests do not reach the toolbox. */
export async function inputsHash(root: string, entry: string): Promise<string> {
  const hash = createHash('sha256');
  const files = ['package-lock.json', 'package.json', ...(await filesBelow(root, 'src'))];
  for (const file of files.filter((name) => !name.startsWith('src/setup/')).sort()) {
    hash
      .update(`${file}\0`)
      .update(await readFile(join(root, file)))
      .update('\0');
  }
  return hash.update(entry).digest('hex').slice(0, 16);
}

async function filesBelow(root: string, below: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, below), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
}

/**
 * Seconds since 1970 that every file of the toolbox carries: SOURCE_DATE_EPOCH, else the newest commit that touched what the
 * toolbox is made of, else (no git) the day of the first release.
 */
export async function sourceEpoch(root: string, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const given = env['SOURCE_DATE_EPOCH'];
  if (given !== undefined && given !== '') {
    if (!/^\d+$/.test(given)) throw new Error(`SOURCE_DATE_EPOCH="${given}": must be seconds since 1970, digits only`);
    return Number(given);
  }
  if (existsSync(join(root, '.git'))) {
    const log = await execa('git', ['log', '-1', '--format=%ct', '--', 'src', 'package-lock.json'], { cwd: root, reject: false });
    if (log.exitCode === 0 && /^\d+$/.test(log.stdout)) return Number(log.stdout);
  }
  return 1_793_491_200;
}
