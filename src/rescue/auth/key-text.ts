/** A public key as a line of text: `ssh-ed25519 AAAA… comment`. */
import { type Fault, isFault } from './fault.ts';
import { isKeyType, type PublicKey, parsePublicKey } from './public-key.ts';

export interface NamedKey {
  readonly key: PublicKey;
  readonly comment: string;
}

/** Whether the first word names a kind of key, known here or not, rather than options. */
export const startsWithKey = (line: string): boolean => /^(?:sk-)?(?:ssh-|ecdsa-)[^\s"]+(?:\s|$)/.test(line);

/** Reads it. Never throws. */
export function parseKeyText(text: string): NamedKey | Fault {
  const [type = '', base64 = '', ...comment] = text.split(/\s+/);
  if (type.includes('-cert-v01@')) return { fault: 'a certificate: what belongs here is the key of its authority' };
  if (!isKeyType(type)) return { fault: `no key of a kind this sshd knows: ${JSON.stringify(type.slice(0, 60))}` };
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return { fault: 'the key is not base64' };
  const key = parsePublicKey(Buffer.from(base64, 'base64'));
  if (isFault(key)) return { fault: `the key ${key.fault}` };
  if (key.type !== type) return { fault: `the key is of another kind than ${type}` };
  return { key, comment: comment.join(' ') };
}
