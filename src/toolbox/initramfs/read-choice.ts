/** What `--modules` asks for, with the devices of the machine it is for. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModuleChoice } from './choose-modules.ts';

/** `generic`, `host-only` (of the devices listed in `file`, else of this machine), or names parted by commas. */
export async function readChoice(word: string, file?: string): Promise<ModuleChoice> {
  if (word === 'generic') return { kind: 'generic' };
  if (word !== 'host-only') return { kind: 'list', names: word.split(',').filter((name) => name !== '') };
  const text = file === undefined ? undefined : await readFile(file, 'utf8');
  const modaliases = text === undefined ? await readModaliases('/sys/devices') : text.split('\n').map((line) => line.trim());
  return { kind: 'host-only', modaliases: modaliases.filter((modalias) => modalias !== '') };
}

/** Of every device below; links are not followed, so each is met once. */
async function readModaliases(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) found.push(...(await readModaliases(path)));
    else if (entry.name === 'modalias') found.push((await readFile(path, 'utf8').catch(() => '')).trim());
  }
  return found;
}
