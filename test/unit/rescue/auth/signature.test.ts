import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noAccess } from '../../../../src/rescue/auth/access.ts';
import { decideLogin } from '../../../../src/rescue/auth/authenticate.ts';
import { isFault } from '../../../../src/rescue/auth/fault.ts';
import { type PublicKey, parsePublicKey } from '../../../../src/rescue/auth/public-key.ts';
import { isSignedBy, parseSecurityKeySignature, parseSignature } from '../../../../src/rescue/auth/signature.ts';
import { type SampleKey, sampleEcdsa, sampleEd25519, sampleRsa, sampleSecurityKey, string } from './sample-certificates.ts';

const data = Buffer.from('what is signed');

function open({ blob }: Pick<SampleKey, 'blob'>): PublicKey {
  const key = parsePublicKey(blob);
  if (isFault(key)) throw new Error(key.fault);
  return key;
}
function signed(key: SampleKey, bytes: Buffer, over = data): boolean {
  const signature = parseSignature(bytes);
  return signature !== undefined && isSignedBy(open(key), over, signature);
}

const kinds: readonly (readonly [string, SampleKey])[] = [
  ['ed25519', sampleEd25519()],
  ['rsa-sha2-256', sampleRsa('rsa-sha2-256')],
  ['rsa-sha2-512', sampleRsa('rsa-sha2-512')],
  ['nistp256', sampleEcdsa('nistp256')],
  ['nistp384', sampleEcdsa('nistp384')],
  ['nistp521', sampleEcdsa('nistp521')],
  ['sk ed25519', sampleSecurityKey('ed25519')],
  ['sk ecdsa', sampleSecurityKey('ecdsa')],
];

describe.each(kinds)('a signature by %s', (_kind, key) => {
  test('counts over what was signed, and over nothing else', () => {
    expect(signed(key, key.sign(data))).toBe(true);
    expect(signed(key, key.sign(data), Buffer.from('something else'))).toBe(false);
  });

  test('counts for no other key', () => {
    for (const [, other] of kinds) if (other !== key) expect(signed(other, key.sign(data))).toBe(false);
  });

  test('property: with one changed bit it counts no more', () => {
    const good = key.sign(data);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: good.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(good);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(signed(key, changed)).toBe(false);
      }),
    );
  });

  test('property: cut short or with bytes too many it counts no more', () => {
    const good = key.sign(data);
    fc.assert(fc.property(fc.nat(good.length - 1), (end) => !signed(key, good.subarray(0, end))));
    expect(signed(key, Buffer.concat([good, Buffer.of(0)]))).toBe(false);
  });
});

describe('a signature', () => {
  test('by SHA-1 counts for nobody', () => {
    const key = sampleRsa('ssh-rsa');
    expect(signed(key, key.sign(data))).toBe(false);
  });

  test('of a security key carries what it did, which is signed as well', () => {
    const key = sampleSecurityKey('ed25519');
    const signature = parseSignature(key.sign(data, 0));
    expect(signature?.security).toEqual({ flags: 0, counter: 7 });
    expect(signature !== undefined && isSignedBy(open(key), data, signature)).toBe(true);
    const touched = signature === undefined ? signature : { ...signature, security: { flags: 1, counter: 7 } };
    expect(touched !== undefined && isSignedBy(open(key), data, touched)).toBe(false);
  });

  test('of a security key without what it did is none', () => {
    const key = sampleSecurityKey('ecdsa');
    expect(parseSignature(key.sign(data).subarray(0, -5))).toBeUndefined();
  });

  test('property: never throws, whatever it is given', () => {
    const key = open(sampleSecurityKey('ecdsa'));
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(key.type, 'ssh-ed25519', 'ecdsa-sha2-nistp256', ''), (bytes, algorithm) => {
        for (const found of [parseSignature(Buffer.from(bytes)), parseSecurityKeySignature(algorithm, Buffer.from(bytes))]) {
          if (found !== undefined) expect(isSignedBy(key, data, found)).toBe(false);
        }
      }),
    );
  });
});

describe('parsePublicKey()', () => {
  const p256 = sampleEcdsa('nistp256').blob;
  const off = Buffer.from(p256);
  off[off.length - 1] = (off[off.length - 1] ?? 0) ^ 1;

  test.each([
    ['a point beside its curve', off, /no point on its curve/],
    [
      'a compressed point',
      Buffer.concat([p256.subarray(0, -69), string(Buffer.concat([Buffer.of(2), p256.subarray(-64, -32)]))]),
      /uncompressed point/,
    ],
    ['another curve', Buffer.concat([string('ecdsa-sha2-nistp384'), sampleEcdsa('nistp256').body]), /names another curve/],
    ['a weak RSA key', sampleRsa('rsa-sha2-512', 1024).blob, /1024 bits only/],
    [
      'a negative RSA key',
      Buffer.concat([string('ssh-rsa'), string(Buffer.of(3)), string(Buffer.alloc(256, 0xff))]),
      /cut short|bits only/,
    ],
    [
      'an RSA key that would take for ever',
      Buffer.concat([string('ssh-rsa'), string(Buffer.alloc(300, 0x7f)), string(Buffer.alloc(300, 0x7f))]),
      /too big/,
    ],
    ['a short ed25519 key', Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(31))]), /not an ed25519 key/],
    ['a security key without application', Buffer.concat([string('sk-ssh-ed25519@openssh.com'), sampleEd25519().body]), /cut short/],
    ['bytes too many', Buffer.concat([sampleEd25519().blob, Buffer.of(0)]), /1 bytes too many/],
    ['nothing', Buffer.alloc(0), /cut short/],
  ])('refuses %s', (_what, blob, fault) => {
    expect(parsePublicKey(blob)).toMatchObject({ fault: expect.stringMatching(fault) });
  });

  test('reads again what it read', () => {
    for (const [, key] of kinds) expect(open(key)).toMatchObject({ type: key.type, blob: key.blob });
  });
});

test('property: decideLogin() lets nobody in, and never throws, whatever a client offers', () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'root',
      'publickey',
      'none',
      'ssh-rsa',
      'ssh-ed25519',
      'ssh-ed25519-cert-v01@openssh.com',
      'sk-ssh-ed25519@openssh.com',
    ),
  );
  const bytes = fc.oneof(
    fc.uint8Array().map((some) => Buffer.from(some)),
    fc.constantFrom(...kinds.map(([, { blob }]) => blob)),
    fc.constant(undefined),
  );
  const key = fc.record({ algo: fc.option(text, { nil: undefined }), data: bytes });
  const offer = fc.record({
    username: text,
    method: text,
    key,
    signature: bytes,
    blob: bytes,
    hashAlgo: fc.option(text, { nil: undefined }),
  });
  fc.assert(fc.property(offer, (made) => !decideLogin(made, noAccess, '10.0.0.1').accepted));
});
