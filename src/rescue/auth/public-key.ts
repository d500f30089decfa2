/** Public keys on the wire: RFC 4253 section 6.6, RFC 5656, RFC 8709, and security keys (OpenSSH's PROTOCOL.u2f). */
import { createHash, createPublicKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto';
import { type Fault, isFault } from './fault.ts';
import { readWire, type WireReader } from './wire-reader.ts';

export const keyTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
] as const;
export type KeyType = (typeof keyTypes)[number];

export interface PublicKey {
  readonly type: KeyType;
  /** As on the wire. */
  readonly blob: Buffer;
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  readonly verifier: KeyObject;
  /** Of a security key: what the signature is bound to, usually `ssh:`. */
  readonly application?: string;
}

/** Smaller ones are broken, bigger ones OpenSSL refuses. */
const RSA_BITS = { least: 2048, most: 16_384 };

export const isKeyType = (type: string): type is KeyType => keyTypes.some((known) => known === type);
export const isSecurityKey = (type: KeyType): boolean => type.startsWith('sk-');

export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** Reads a whole blob. A fault goes on after "the key …". Never throws. */
export function parsePublicKey(blob: Buffer): PublicKey | Fault {
  const reader = readWire(blob);
  const type = reader.text();
  if (!reader.ok) return { fault: 'is cut short' };
  if (!isKeyType(type)) return { fault: `is of a kind this sshd does not know: ${JSON.stringify(type.slice(0, 60))}` };
  const key = readKeyBody(type, reader);
  if (!isFault(key) && reader.left > 0) return { fault: `has ${reader.left} bytes too many` };
  return key;
}

/** Reads what follows the name of the type, in a plain key as in a certificate. */
export function readKeyBody(type: KeyType, reader: WireReader): PublicKey | Fault {
  const body = readFields(type, reader);
  if (!reader.ok) return { fault: 'is cut short' };
  if (isFault(body)) return body;
  const application = isSecurityKey(type) ? reader.text() : undefined;
  if (!reader.ok) return { fault: 'is cut short' };
  const verifier = openKey(body.jwk);
  if (verifier === undefined) return { fault: 'is no point on its curve' };
  const blob = joinStrings([type, ...body.fields, ...(application === undefined ? [] : [application])]);
  return { type, blob, fingerprint: fingerprint(blob), verifier, ...(application === undefined ? {} : { application }) };
}

interface Body {
  readonly jwk: JsonWebKeyInput['key'];
  readonly fields: readonly Buffer[];
}

function readFields(type: KeyType, reader: WireReader): Body | Fault {
  switch (type) {
    case 'ssh-ed25519':
    case 'sk-ssh-ed25519@openssh.com':
      return readEd25519(reader);
    case 'ssh-rsa':
      return readRsa(reader);
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return readEcdsa('nistp256', reader);
    default:
      return readEcdsa(type.slice('ecdsa-sha2-'.length), reader);
  }
}

function readEd25519(reader: WireReader): Body | Fault {
  const point = reader.string();
  if (point.length !== 32) return { fault: 'is not an ed25519 key' };
  return { fields: [point], jwk: { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') } };
}

function readEcdsa(curve: string, reader: WireReader): Body | Fault {
  const named = reader.string();
  const point = reader.string();
  if (named.toString('latin1') !== curve) return { fault: 'names another curve' };
  const size = Math.ceil(Number(curve.slice('nistp'.length)) / 8);
  if (point.length !== 1 + 2 * size || point[0] !== 4) return { fault: `is no uncompressed point on ${curve}` };
  const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)].map((part) => part.toString('base64url'));
  return { fields: [named, point], jwk: { kty: 'EC', crv: curve.replace('nistp', 'P-'), x: x ?? '', y: y ?? '' } };
}

function readRsa(reader: WireReader): Body | Fault {
  const e = reader.natural();
  const n = reader.natural();
  const bits = n.length === 0 ? 0 : n.length * 8 - (Math.clz32(n[0] ?? 0) - 24);
  if (bits < RSA_BITS.least) return { fault: `has ${bits} bits only` };
  if (bits > RSA_BITS.most || e.length > 8) return { fault: 'is too big' };
  const fields = [e, n].map((number) => ((number[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), number]) : number));
  return { fields, jwk: { kty: 'RSA', e: e.toString('base64url'), n: n.toString('base64url') } };
}

function openKey(key: Body['jwk']): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function joinStrings(fields: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const content = Buffer.from(field);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(content.length);
      return [length, content];
    }),
  );
}
