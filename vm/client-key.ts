/** The ssh key the harness logs in with: made once per cache, baked into the images it builds. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { makeCacheDir } from './cache.ts';

export interface ClientKey {
  readonly privateFile: string;
  readonly publicFile: string;
  readonly publicText: string;
}

/** Finds or makes the key. */
export async function clientKey(): Promise<ClientKey> {
  const directory = await makeCacheDir('vm');
  const privateFile = join(directory, 'id_ed25519');
  const publicFile = `${privateFile}.pub`;
  if (!existsSync(publicFile)) {
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'lifeboot-vm', '-f', privateFile], { input: 'y\n' });
  }
  return { privateFile, publicFile, publicText: await readFile(publicFile, 'utf8') };
}
