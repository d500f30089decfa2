/** Signatures of RFC 4253 section 6.6, RFC 5656, RFC 8332, RFC 8709, and of security keys (OpenSSH's PROTOCOL.u2f). No SHA-1. */
import { createHash, verify } from 'node:crypto';
import { isSecurityKey, type KeyType, type PublicKey } from './public-key.ts';
import { readWire } from './wire-reader.ts';

export interface Signature {
  /** Of the signature, which is that of the key but for RSA: `rsa-sha2-512`. */
  readonly algorithm: string;
  /** As OpenSSL takes it: ECDSA in DER. */
  readonly body: Buffer;
  /** What the security key says it did. */
  readonly security?: { readonly flags: number; readonly counter: number };
}

/** Bits of a security key's flags: somebody touched it; it knew who (PIN or finger). */
export const USER_PRESENT = 0x01;
export const USER_VERIFIED = 0x04;

/** The hash of each algorithm that counts; ed25519 has its own. */
const hashes: Readonly<Record<string, string | undefined>> = {
  'ssh-ed25519': undefined,
  'sk-ssh-ed25519@openssh.com': undefined,
  'ecdsa-sha2-nistp256': 'sha256',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
};

/** What a client may sign with: `server-sig-algs` of RFC 8308. */
export const signatureAlgorithms: readonly string[] = Object.keys(hashes);

const algorithmsOf = (type: KeyType): readonly string[] => (type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type]);

/** Reads a signature with its name in front; undefined when it is none. Never throws. */
export function parseSignature(blob: Buffer): Signature | undefined {
  const reader = readWire(blob);
  const algorithm = reader.text();
  const content = reader.string();
  if (!reader.ok) return undefined;
  return finishSignature(algorithm, content, blob.subarray(reader.at));
}

/** Reads what follows the name and the length, as ssh2 leaves the signatures of security keys. Never throws. */
export function parseSecurityKeySignature(algorithm: string, bytes: Buffer): Signature | undefined {
  const end = Math.max(0, bytes.length - 5);
  return finishSignature(algorithm, bytes.subarray(0, end), bytes.subarray(end));
}

function finishSignature(algorithm: string, content: Buffer, rest: Buffer): Signature | undefined {
  const body = algorithm.includes('ecdsa-') ? encodeEcdsa(content) : content;
  if (body === undefined) return undefined;
  if (!algorithm.startsWith('sk-')) return rest.length === 0 ? { algorithm, body } : undefined;
  return rest.length === 5 ? { algorithm, body, security: { flags: rest.readUInt8(), counter: rest.readUInt32BE(1) } } : undefined;
}

/** RFC 5656 section 3.1.2 to DER. */
function encodeEcdsa(content: Buffer): Buffer | undefined {
  const reader = readWire(content);
  const numbers = [reader.string(), reader.string()];
  if (!reader.ok || reader.left > 0 || numbers.some(({ length }) => length === 0 || length > 80)) return undefined;
  const inner = Buffer.concat(numbers.flatMap((number) => [Buffer.of(0x02, number.length), number]));
  return Buffer.concat([inner.length < 0x80 ? Buffer.of(0x30, inner.length) : Buffer.of(0x30, 0x81, inner.length), inner]);
}

/** True only when `signature` over `data` was made with this key, by an algorithm that counts. Never throws. */
export function isSignedBy(key: PublicKey, data: Buffer, signature: Signature): boolean {
  const { algorithm, body, security } = signature;
  if (!algorithmsOf(key.type).includes(algorithm)) return false;
  const message = isSecurityKey(key.type) ? securityKeyMessage(key, data, security) : data;
  if (message === undefined) return false;
  try {
    return verify(hashes[algorithm], message, key.verifier, body);
  } catch {
    return false;
  }
}

function securityKeyMessage(key: PublicKey, data: Buffer, security: Signature['security']): Buffer | undefined {
  if (security === undefined || key.application === undefined) return undefined;
  const said = Buffer.alloc(5);
  said.writeUInt8(security.flags);
  said.writeUInt32BE(security.counter, 1);
  const hash = (content: string | Buffer) => createHash('sha256').update(content).digest();
  return Buffer.concat([hash(key.application), said, hash(data)]);
}
