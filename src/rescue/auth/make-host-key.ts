/** Makes an ed25519 key in the form OpenSSH keeps them (its PROTOCOL.key), without a passphrase. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';

const TYPE = 'ssh-ed25519';
const BLOCK = 8;
const LINE = 70;

/** The text of a private key file. ssh2's own generator takes a tour through ASN.1 that costs a slow machine a tenth of a second. */
export function makeHostKey(comment: string): string {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const secret = Buffer.from(jwk.d ?? '', 'base64url');
  const open = Buffer.from(jwk.x ?? '', 'base64url');
  const blob = Buffer.concat([field(TYPE), field(open)]);
  const check = randomBytes(4);
  const body = Buffer.concat([check, check, blob, field(Buffer.concat([secret, open])), field(comment)]);
  const padding = Buffer.from(Array.from({ length: (BLOCK - (body.length % BLOCK)) % BLOCK }, (_, index) => index + 1));
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[field('none'), field('none'), field('')],
    uint32(1),
    field(blob),
    field(Buffer.concat([body, padding])),
  ]);
  const lines = file.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n');
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint32(bytes.length), bytes]);
}
