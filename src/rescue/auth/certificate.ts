/** User and host certificates: OpenSSH's PROTOCOL.certkeys. */
import { type Fault, isFault } from './fault.ts';
import { isKeyType, type KeyType, type PublicKey, parsePublicKey, readKeyBody } from './public-key.ts';
import { isSignedBy, parseSignature, type Signature } from './signature.ts';
import { readWire } from './wire-reader.ts';

export interface Certificate {
  readonly kind: 'user' | 'host';
  /** The key that it certifies. */
  readonly key: PublicKey;
  readonly serial: bigint;
  readonly keyId: string;
  readonly principals: readonly string[];
  /** Seconds since 1970: valid from the first up to, not including, the second. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  /** Name and data of each, in order. */
  readonly criticalOptions: readonly CertificateField[];
  readonly extensions: readonly CertificateField[];
  readonly authority: PublicKey;
  /** What the authority signed, and how. */
  readonly signed: Buffer;
  readonly signature: Signature;
}

export interface CertificateField {
  readonly name: string;
  readonly data: Buffer;
}

const SUFFIX = '-cert-v01@openssh.com';

/** `ssh-ed25519` for `ssh-ed25519-cert-v01@openssh.com`; undefined for a name that is no certificate's. */
export function certifiedType(name: string): KeyType | undefined {
  if (!name.endsWith(SUFFIX)) return undefined;
  const base = name.slice(0, -SUFFIX.length);
  return [base, `${base}@openssh.com`].find(isKeyType);
}

/** Reads a certificate; whether it counts is another question. A fault goes on after "the certificate …". Never throws. */
export function parseCertificate(blob: Buffer): Certificate | Fault {
  const reader = readWire(blob);
  const name = reader.text();
  const type = certifiedType(name);
  if (type === undefined) return { fault: `is of a kind this sshd does not know: ${JSON.stringify(name.slice(0, 60))}` };
  // The nonce.
  reader.string();
  const key = readKeyBody(type, reader);
  if (isFault(key)) return key;
  const serial = reader.uint64();
  const kind = reader.uint32();
  const keyId = reader.text();
  const principals = readPrincipals(reader.string());
  const [validAfter, validBefore] = [reader.uint64(), reader.uint64()];
  const [criticalOptions, extensions] = [readFields(reader.string()), readFields(reader.string())];
  // Reserved.
  reader.string();
  const authorityBlob = reader.string();
  const signed = blob.subarray(0, reader.at);
  const signature = parseSignature(reader.string());
  if (!reader.ok) return { fault: 'is cut short or has a name that is no text' };
  if (reader.left > 0) return { fault: `has ${reader.left} bytes too many` };
  if (kind !== 1 && kind !== 2) return { fault: `is neither for users nor for hosts: ${kind}` };
  if (principals === undefined || criticalOptions === undefined || extensions === undefined) return { fault: 'has a broken list' };
  const authority = parsePublicKey(authorityBlob);
  if (isFault(authority)) return { fault: `has an authority whose key ${authority.fault}` };
  if (signature === undefined) return { fault: 'has a broken signature' };
  const named = { kind: kind === 1 ? ('user' as const) : ('host' as const), key, serial, keyId, principals, validAfter, validBefore };
  return { ...named, criticalOptions, extensions, authority, signed, signature };
}

/** Whether the authority that it names did sign it, by an algorithm that counts. */
export const isGenuine = ({ authority, signed, signature }: Certificate): boolean => isSignedBy(authority, signed, signature);

function readPrincipals(list: Buffer): readonly string[] | undefined {
  const reader = readWire(list);
  const found: string[] = [];
  while (reader.ok && reader.left > 0) found.push(reader.text());
  return reader.ok ? found : undefined;
}

function readFields(list: Buffer): readonly CertificateField[] | undefined {
  const reader = readWire(list);
  const found: CertificateField[] = [];
  while (reader.ok && reader.left > 0) found.push({ name: reader.text(), data: reader.string() });
  return reader.ok ? found : undefined;
}
