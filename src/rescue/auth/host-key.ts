/** This machine's own host key: from the root, or made in RAM and kept once the root is writable. Never one for a fleet. */
import type { ParsedKey } from 'ssh2';
import keyParser from 'ssh2/lib/protocol/keyParser.js';
import { formatProblem } from '../../sys/problem.ts';
import { type Sys, SysError } from '../../sys/sys.ts';
import { makeHostKey } from './make-host-key.ts';
import { fingerprint } from './public-key.ts';

export interface HostKey {
  /** OpenSSH private key, as a file holds it. A secret. */
  readonly privateKey: string;
  readonly fingerprint: string;
  /** `RAM` keys are not yet on the root. */
  readonly origin: 'root' | 'RAM';
  readonly problems: readonly string[];
}

export interface HostKeyFiles {
  /** Stage 1's copy of the root's key. */
  readonly copied: string;
  /** Where a key made in RAM outlives this process. */
  readonly ram: string;
  /** Where it is kept on the root. */
  readonly kept: string;
  /** Stage 1's copy of the root's certificate for it. */
  readonly certificate: string;
}

/** The root's key if it is good; else the one of an earlier rescue process of this boot; else a new one. */
export async function obtainHostKey(sys: Sys, files: HostKeyFiles): Promise<HostKey> {
  const copied = await readHostKey(sys, files.copied);
  if (typeof copied === 'object') return { ...copied, origin: 'root', problems: [] };
  const problems = copied === undefined ? [] : [formatFault(files.copied, copied)];
  const earlier = await readHostKey(sys, files.ram);
  if (typeof earlier === 'object') return { ...earlier, origin: 'RAM', problems };
  const made = makeHostKey('lifeboot');
  // A full tmpfs costs the key at the next crash of this process, not the door.
  await sys.writeAtomic(files.ram, made, 0o600).catch((error: Error) => problems.push(`${files.ram}: ${error.message}`));
  return { privateKey: made, fingerprint: fingerprintOf(made) ?? '', origin: 'RAM', problems };
}

/**
 * Puts the key onto the entered root when none is there, so that the next boot has it: one made in RAM, and one that went lost with
 * its certificate when an image was copied over the root between stage 1 and now. Whatever lies there stays. Throws SysError.
 */
export async function keepHostKey(sys: Sys, key: HostKey, files: HostKeyFiles): Promise<'kept' | 'there'> {
  if ((await sys.facts(files.kept)) !== undefined) return 'there';
  await sys.makeDir(files.kept.slice(0, files.kept.lastIndexOf('/')), 0o700);
  await sys.writeAtomic(files.kept, key.privateKey, 0o600);
  const certificate = key.origin === 'root' ? await sys.readText(files.certificate) : undefined;
  const place = `${files.kept}-cert.pub`;
  if (certificate !== undefined && (await sys.facts(place)) === undefined) await sys.writeAtomic(place, certificate, 0o644);
  return 'kept';
}

/** The key, what is wrong with it, or undefined when there is none. */
async function readHostKey(sys: Sys, file: string): Promise<Pick<HostKey, 'privateKey' | 'fingerprint'> | string | undefined> {
  try {
    const facts = await sys.facts(file);
    if (facts === undefined) return undefined;
    if (facts.kind !== 'file') return `it is a ${facts.kind}`;
    if (facts.uid !== 0) return `it belongs to uid ${facts.uid}`;
    if ((facts.mode & 0o077) !== 0) return `its mode is ${(facts.mode & 0o7777).toString(8)}`;
    const privateKey = (await sys.readText(file)) ?? '';
    const print = fingerprintOf(privateKey);
    return print === undefined ? 'it is not an ed25519 private key without a passphrase' : { privateKey, fingerprint: print };
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return error.message;
  }
}

/** An ed25519 private key without a passphrase; undefined for anything else. */
export function parseHostKey(privateKey: string): ParsedKey | undefined {
  const parsed = keyParser.parseKey(privateKey);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error || key.type !== 'ssh-ed25519' || !key.isPrivateKey()) return undefined;
  return key;
}

function fingerprintOf(privateKey: string): string | undefined {
  const key = parseHostKey(privateKey);
  return key === undefined ? undefined : fingerprint(key.getPublicSSH());
}

function formatFault(file: string, message: string): string {
  return formatProblem({ file, value: file, message, accepted: 'an ed25519 key of root with mode 600 (a key made in RAM is used)' });
}
