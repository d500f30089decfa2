/** Which keys and certificates count no more: ssh_krl_check_key of OpenSSH. */
import { createHash } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import type { PublicKey } from './public-key.ts';

export interface Revocations {
  /** `SHA256:…` of keys, of authorities too. */
  readonly keys: ReadonlySet<string>;
  /** SHA-1 of the blobs of keys, in hex. */
  readonly sha1: ReadonlySet<string>;
  readonly certificates: readonly RevokedCertificates[];
}

export interface RevokedCertificates {
  /** `SHA256:…` of the authority; absent: of all. */
  readonly authority?: string;
  /** Both ends are in. */
  readonly ranges: readonly { readonly first: bigint; readonly last: bigint }[];
  /** Bit n, counted from the last byte's lowest, stands for the serial `first` + n. */
  readonly bitmaps: readonly { readonly first: bigint; readonly bits: Buffer }[];
  readonly keyIds: ReadonlySet<string>;
}

export const noRevocations: Revocations = { keys: new Set(), sha1: new Set(), certificates: [] };

export const addToSet = (set: ReadonlySet<string>, more: readonly string[]): ReadonlySet<string> => new Set([...set, ...more]);

/** All of them together. */
export function joinRevocations(lists: readonly Revocations[]): Revocations {
  return {
    keys: new Set(lists.flatMap(({ keys }) => [...keys])),
    sha1: new Set(lists.flatMap(({ sha1 }) => [...sha1])),
    certificates: lists.flatMap(({ certificates }) => certificates),
  };
}

export function isKeyRevoked({ keys, sha1 }: Revocations, { fingerprint, blob }: PublicKey): boolean {
  return keys.has(fingerprint) || (sha1.size > 0 && sha1.has(createHash('sha1').update(blob).digest('hex')));
}

/** By its serial, its key id, the key in it or its authority. Serial 0 is that of a certificate without one: no list can mean it. */
export function isCertificateRevoked(revocations: Revocations, certificate: Certificate): boolean {
  const { key, authority, serial, keyId } = certificate;
  if (isKeyRevoked(revocations, key) || isKeyRevoked(revocations, authority)) return true;
  return revocations.certificates
    .filter((list) => list.authority === undefined || list.authority === authority.fingerprint)
    .some((list) => list.keyIds.has(keyId) || (serial !== 0n && hasSerial(list, serial)));
}

function hasSerial({ ranges, bitmaps }: RevokedCertificates, serial: bigint): boolean {
  return ranges.some(({ first, last }) => first <= serial && serial <= last) || bitmaps.some((bitmap) => hasBit(bitmap, serial));
}

function hasBit({ first, bits }: RevokedCertificates['bitmaps'][number], serial: bigint): boolean {
  const index = serial - first;
  if (index < 0n || index >= BigInt(bits.length) * 8n) return false;
  const bit = Number(index);
  return (((bits[bits.length - 1 - (bit >> 3)] ?? 0) >> (bit & 7)) & 1) === 1;
}
