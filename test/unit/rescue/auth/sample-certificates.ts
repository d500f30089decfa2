/** Wire forms of keys, certificates and signatures, written by hand from PROTOCOL.certkeys and PROTOCOL.u2f. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
export const uint64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};
export const string = (content: string | Buffer): Buffer => Buffer.concat([uint32(Buffer.byteLength(content)), Buffer.from(content)]);
const mpint = (content: Buffer): Buffer => string((content[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), content]) : content);
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest();
const part = (key: KeyObject, name: 'x' | 'y' | 'n' | 'e'): Buffer => Buffer.from(key.export({ format: 'jwk' })[name] ?? '', 'base64url');

export interface SampleKey {
  readonly type: string;
  /** Without the type: what a certificate has after its nonce. */
  readonly body: Buffer;
  readonly blob: Buffer;
  /** The whole signature, with its name; of a security key with these flags. */
  sign(data: Buffer, flags?: number): Buffer;
}

export function sampleEd25519(): SampleKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const body = string(part(privateKey, 'x'));
  const type = 'ssh-ed25519';
  return {
    type,
    body,
    blob: Buffer.concat([string(type), body]),
    sign: (data) => Buffer.concat([string(type), string(sign(null, data, privateKey))]),
  };
}

export function sampleRsa(algorithm = 'rsa-sha2-512', bits = 2048): SampleKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const body = Buffer.concat([mpint(part(privateKey, 'e')), mpint(part(privateKey, 'n'))]);
  const hash = { 'rsa-sha2-512': 'sha512', 'rsa-sha2-256': 'sha256' }[algorithm] ?? 'sha1';
  return {
    ...{ type: 'ssh-rsa', body, blob: Buffer.concat([string('ssh-rsa'), body]) },
    sign: (data) => Buffer.concat([string(algorithm), string(sign(hash, data, privateKey))]),
  };
}

export function sampleEcdsa(curve: 'nistp256' | 'nistp384' | 'nistp521'): SampleKey {
  const type = `ecdsa-sha2-${curve}`;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: curve.replace('nistp', 'P-') });
  const body = Buffer.concat([string(curve), string(pointOf(privateKey))]);
  const hash = { nistp256: 'sha256', nistp384: 'sha384', nistp521: 'sha512' }[curve];
  return {
    ...{ type, body, blob: Buffer.concat([string(type), body]) },
    sign: (data) => Buffer.concat([string(type), string(ecdsaSignature(hash, data, privateKey))]),
  };
}

/** A security key in software: it does what its firmware would, and sets the flags that it is told. */
export function sampleSecurityKey(kind: 'ed25519' | 'ecdsa', application = 'ssh:'): SampleKey {
  const ecdsa = kind === 'ecdsa';
  const { privateKey } = ecdsa ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  const type = ecdsa ? 'sk-ecdsa-sha2-nistp256@openssh.com' : 'sk-ssh-ed25519@openssh.com';
  const point = ecdsa ? [string('nistp256'), string(pointOf(privateKey))] : [string(part(privateKey, 'x'))];
  const body = Buffer.concat([...point, string(application)]);
  return {
    ...{ type, body, blob: Buffer.concat([string(type), body]) },
    sign(data, flags = 1) {
      const said = Buffer.concat([Buffer.of(flags), uint32(7)]);
      const message = Buffer.concat([sha256(application), said, sha256(data)]);
      const signature = ecdsa ? ecdsaSignature('sha256', message, privateKey) : sign(null, message, privateKey);
      return Buffer.concat([string(type), string(signature), said]);
    },
  };
}

const pointOf = (key: KeyObject): Buffer => Buffer.concat([Buffer.of(4), part(key, 'x'), part(key, 'y')]);

function ecdsaSignature(hash: string, data: Buffer, key: KeyObject): Buffer {
  const raw = sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
  const halves = [raw.subarray(0, raw.length / 2), raw.subarray(raw.length / 2)];
  return Buffer.concat(halves.map((half) => mpint(half.subarray(half.findIndex((byte) => byte !== 0)))));
}

export interface SampleCertificate {
  readonly serial?: bigint;
  readonly kind?: number;
  readonly keyId?: string;
  readonly principals?: readonly string[];
  readonly validAfter?: bigint;
  readonly validBefore?: bigint;
  readonly critical?: readonly (readonly [string, Buffer])[];
  readonly extensions?: readonly (readonly [string, Buffer])[];
  /** In place of the authority's own. */
  readonly authorityBlob?: Buffer;
}

export const certificateType = (type: string): string => `${type.replace('@openssh.com', '')}-cert-v01@openssh.com`;

export function sampleCertificate(key: SampleKey, authority: SampleKey, change: SampleCertificate = {}): Buffer {
  const fields = (list: SampleCertificate['critical'] = []) =>
    string(Buffer.concat(list.flatMap(([name, data]) => [string(name), string(data)])));
  const signed = Buffer.concat([
    string(certificateType(key.type)),
    string('a nonce'),
    key.body,
    uint64(change.serial ?? 42n),
    uint32(change.kind ?? 1),
    string(change.keyId ?? 'ann'),
    string(Buffer.concat((change.principals ?? ['root']).map(string))),
    uint64(change.validAfter ?? 0n),
    uint64(change.validBefore ?? 0xffff_ffff_ffff_ffffn),
    fields(change.critical),
    fields(change.extensions ?? [['permit-pty', Buffer.alloc(0)]]),
    string(''),
    string(change.authorityBlob ?? authority.blob),
  ]);
  return Buffer.concat([signed, string(authority.sign(signed))]);
}
