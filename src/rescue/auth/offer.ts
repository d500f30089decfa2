/** What a client offers to log in with: the part of ssh2's auth context that counts, made whole again. */
import { certifiedType } from './certificate.ts';
import { isKeyType, isSecurityKey, type KeyType } from './public-key.ts';
import { parseSecurityKeySignature, parseSignature, type Signature } from './signature.ts';

export interface Offer {
  readonly username: string;
  readonly method: string;
  /** A client may leave out either half, whatever ssh2's types say. */
  readonly key?: { readonly algo?: string | undefined; readonly data?: Buffer | undefined };
  /** Absent when the client only asks whether the key would do. */
  readonly signature?: Buffer | undefined;
  readonly blob?: Buffer | undefined;
  readonly hashAlgo?: string | undefined;
}

/** An algorithm of RFC 4252's "publickey" method: the kind of key, whether it comes in a certificate, how it signs. */
export interface OfferedAlgorithm {
  readonly type: KeyType;
  readonly certified: boolean;
  readonly signature: string;
}

/** Undefined for one that this sshd does not take: a signature by SHA-1 is none. */
export function readAlgorithm({ key, hashAlgo }: Offer): OfferedAlgorithm | undefined {
  const name = key?.algo ?? '';
  if (name === 'ssh-rsa')
    return hashAlgo === undefined ? undefined : { type: name, certified: false, signature: hashAlgo.replace('sha', 'rsa-sha2-') };
  if (isKeyType(name)) return { type: name, certified: false, signature: name };
  const rsa = /^(rsa-sha2-(?:256|512))-cert-v01@openssh\.com$/.exec(name)?.[1];
  if (rsa !== undefined) return { type: 'ssh-rsa', certified: true, signature: rsa };
  const type = certifiedType(name);
  return type === undefined || type === 'ssh-rsa' ? undefined : { type, certified: true, signature: type };
}

/**
 * The signature, undefined when it is broken or by another algorithm than offered. INVARIANT of ssh2 1.17.0 (handlers.misc.js,
 * USERAUTH_REQUEST): where the name in the signature is that of the offered algorithm, ssh2 takes the name and the length off, and
 * turns ECDSA into DER; where it is not, as with every certificate, the signature comes as the client sent it.
 */
export function readSignature(bytes: Buffer, { type, certified, signature: algorithm }: OfferedAlgorithm): Signature | undefined {
  if (!certified && !isSecurityKey(type)) return { algorithm, body: bytes };
  const signature = certified ? parseSignature(bytes) : parseSecurityKeySignature(algorithm, bytes);
  return signature?.algorithm === algorithm ? signature : undefined;
}
