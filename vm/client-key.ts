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

const TIMEOUT_MS = 30_000;

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

/** Throws a sentence for a person when ssh cannot use the private key: nobody is there to type a pass phrase. */
export async function requireKey(file: string): Promise<void> {
  if (!existsSync(file)) throw new Error(`--key ${file}: no such file`);
  const { exitCode, stderr } = await execa('ssh-keygen', ['-y', '-P', '', '-f', file], { reject: false, timeout: TIMEOUT_MS });
  if (exitCode !== 0)
    throw new Error(`--key ${file}: is no private key that ssh can use without a pass phrase: ${stderr.trim().split('\n').at(-1)}`);
}
