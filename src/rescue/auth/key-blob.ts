/** The wire form of an ssh public key (RFC 4253 section 6.6). */
import { createHash } from 'node:crypto';

export const keyTypes = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'ssh-rsa'] as const;
export type KeyType = (typeof keyTypes)[number];

/** `SHA256:…` as `ssh-keygen -l` prints it. */
export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** What is wrong with the blob of a key that says it is of `type`, or undefined when it is well-formed and strong enough. */
export function findBlobFault(type: KeyType, blob: Buffer): string | undefined {
  const fields = readStrings(blob);
  if (fields === undefined) return 'is cut short or has bytes too many';
  const [inner, first, second] = fields;
  if (inner?.toString('latin1') !== type) return `is the body of another kind of key than ${type}`;
  if (type === 'ssh-ed25519') return fields.length === 2 && first?.length === 32 ? undefined : 'is not an ed25519 key';
  if (fields.length !== 3 || first === undefined || second === undefined) return 'has the wrong number of fields';
  if (type === 'ssh-rsa') return modulusBits(second) >= 2048 ? undefined : `has ${modulusBits(second)} bits only`;
  return first.toString('latin1') === type.slice('ecdsa-sha2-'.length) ? undefined : 'names another curve';
}

/** The length-prefixed strings a blob is made of; undefined unless they fill it exactly. */
function readStrings(blob: Buffer): readonly Buffer[] | undefined {
  const fields: Buffer[] = [];
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

function modulusBits(modulus: Buffer): number {
  const first = modulus.findIndex((byte) => byte !== 0);
  if (first === -1) return 0;
  return (modulus.length - first - 1) * 8 + (32 - Math.clz32(modulus[first] ?? 0));
}
