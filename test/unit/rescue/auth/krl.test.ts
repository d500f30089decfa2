import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../../../src/rescue/auth/certificate.ts';
import { isFault } from '../../../../src/rescue/auth/fault.ts';
import { parseKrl } from '../../../../src/rescue/auth/krl.ts';
import { parsePublicKey } from '../../../../src/rescue/auth/public-key.ts';
import { isCertificateRevoked, isKeyRevoked, joinRevocations } from '../../../../src/rescue/auth/revocations.ts';
import { parseRevokedKeys } from '../../../../src/rescue/auth/revoked-keys.ts';
import { sampleCertificate, sampleEd25519, string, uint32, uint64 } from './sample-certificates.ts';

const user = sampleEd25519();
const authority = sampleEd25519();
const other = sampleEd25519();

const section = (type: number, content: Buffer) => Buffer.concat([Buffer.of(type), string(content)]);
const list = (...sections: Buffer[]) =>
  Buffer.concat([
    Buffer.from('SSHKRL\n\0', 'latin1'),
    uint32(1),
    uint64(3n),
    uint64(0n),
    uint64(0n),
    string(''),
    string('comment'),
    ...sections,
  ]);
const certificates = (ca: Buffer, ...parts: Buffer[]) => section(1, Buffer.concat([string(ca), string(''), ...parts]));
const read = (bytes: Buffer) => {
  const found = parseKrl(bytes);
  if (isFault(found)) throw new Error(found.fault);
  return found;
};
const certificate = (serial: bigint, keyId = 'ann') => {
  const found = parseCertificate(sampleCertificate(user, authority, { serial, keyId }));
  if (isFault(found)) throw new Error(found.fault);
  return found;
};
const key = (blob: Buffer) => {
  const found = parsePublicKey(blob);
  if (isFault(found)) throw new Error(found.fault);
  return found;
};
const hash = (name: string, blob: Buffer) => createHash(name).update(blob).digest();

describe('parseKrl()', () => {
  test.each([
    ['a list of serials', section(0x20, Buffer.concat([uint64(5n), uint64(9n)])), [5n, 9n], [4n, 6n, 10n]],
    ['a range', section(0x21, Buffer.concat([uint64(5n), uint64(9n)])), [5n, 7n, 9n], [4n, 10n]],
    ['a range to the end', section(0x21, Buffer.concat([uint64(5n), uint64(2n ** 64n - 1n)])), [5n, 2n ** 64n - 1n], [4n]],
    [
      'a bitmap',
      section(0x22, Buffer.concat([uint64(100n), string(Buffer.of(0x00, 0x81, 0x02))])),
      [101n, 108n, 115n],
      [100n, 102n, 109n, 116n, 99n],
    ],
  ])('reads %s', (_what, part, gone, there) => {
    for (const revocations of [read(list(certificates(authority.blob, part))), read(list(certificates(Buffer.alloc(0), part)))]) {
      expect(gone.filter((serial) => !isCertificateRevoked(revocations, certificate(serial)))).toEqual([]);
      expect(there.filter((serial) => isCertificateRevoked(revocations, certificate(serial)))).toEqual([]);
    }
    expect(isCertificateRevoked(read(list(certificates(other.blob, part))), certificate(gone[0] ?? 0n))).toBe(false);
  });

  test('does not take serial 0 for a serial', () => {
    const all = section(0x21, Buffer.concat([uint64(0n), uint64(9n)]));
    expect(isCertificateRevoked(read(list(certificates(authority.blob, all))), certificate(0n))).toBe(false);
  });

  test('reads key ids', () => {
    const revocations = read(list(certificates(authority.blob, section(0x23, Buffer.concat([string('ann'), string('bob')])))));
    expect(
      [certificate(1n, 'ann'), certificate(1n, 'bob'), certificate(1n, 'eve')].map((one) => isCertificateRevoked(revocations, one)),
    ).toEqual([true, true, false]);
  });

  test.each([
    ['blobs', section(2, string(user.blob))],
    ['SHA-1', section(3, string(hash('sha1', user.blob)))],
    ['SHA-256', section(5, string(hash('sha256', user.blob)))],
  ])('reads keys as %s: alone, in a certificate, as an authority', (_what, part) => {
    const revocations = read(list(part));
    expect([isKeyRevoked(revocations, key(user.blob)), isKeyRevoked(revocations, key(other.blob))]).toEqual([true, false]);
    expect(isCertificateRevoked(revocations, certificate(1n))).toBe(true);
    const by = parseCertificate(sampleCertificate(other, user));
    expect(!isFault(by) && isCertificateRevoked(revocations, by)).toBe(true);
  });

  test.each([
    ['another version', list().fill(2, 11, 12), /format version 2/],
    ['a section of no known type', list(section(9, string('x'))), /unknown type 9/],
    ['certificates of no known type', list(certificates(authority.blob, section(0x2f, string('x')))), /unknown type 47/],
    ['a critical extension', list(section(255, Buffer.concat([string('x@y'), Buffer.of(1), string('')]))), /critical extension/],
    ['half a serial', list(certificates(authority.blob, section(0x20, Buffer.alloc(7)))), /broken list of certificates/],
    ['a short fingerprint', list(section(5, string(Buffer.alloc(20)))), /broken list of fingerprints/],
    ['half of it', list(section(2, string(user.blob))).subarray(0, 80), /cut short/],
    ['nothing but its name', Buffer.from('SSHKRL\n\0', 'latin1'), /cut short/],
  ])('refuses %s', (_what, bytes, fault) => {
    expect(parseKrl(bytes)).toMatchObject({ fault: expect.stringMatching(fault) });
  });

  test('passes over an extension that is not critical, and a signature', () => {
    const passed = read(list(section(255, Buffer.concat([string('x@y'), Buffer.of(0), string('')])), section(4, string(authority.blob))));
    expect(passed.keys.size).toBe(0);
  });

  test('property: never throws, and a list cut short is never taken for whole in the middle of a section', () => {
    const good = list(section(2, string(user.blob)), certificates(authority.blob, section(0x20, uint64(5n))));
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.uint8Array({ maxLength: 12 }), (at, bytes) => {
        parseKrl(Buffer.concat([good.subarray(0, at), bytes, good.subarray(at + bytes.length)]));
        const cut = parseKrl(good.subarray(0, at));
        // The header has 51 bytes, a section five before its content.
        if (!isFault(cut)) expect([51, 51 + 5 + 4 + user.blob.length]).toContain(at);
      }),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseKrl(Buffer.concat([good.subarray(0, 60), bytes]))));
  });
});

describe('parseRevokedKeys()', () => {
  const line = (blob: Buffer, type = 'ssh-ed25519') => `${type} ${blob.toString('base64')} somebody\n`;

  test('reads keys of any kind and strength, one a line, and the key in a certificate', () => {
    const text = `# lost\n\n${line(user.blob)}${line(Buffer.concat([string('ssh-dss'), string('x')]), 'ssh-dss')}`;
    const { revocations, problems } = parseRevokedKeys(Buffer.from(text), 'revoked_keys');
    expect([revocations.keys.size, problems]).toEqual([2, []]);
    const inside = parseRevokedKeys(Buffer.from(line(sampleCertificate(user, authority), 'ssh-ed25519-cert-v01@openssh.com')), 'f');
    expect(isKeyRevoked(inside.revocations, key(user.blob))).toBe(true);
  });

  test('keeps what it could read, and names the rest', () => {
    const { revocations, problems } = parseRevokedKeys(
      Buffer.from(`${line(user.blob)}serial: 1\n${line(other.blob, 'ssh-rsa')}`),
      'revoked_keys',
    );
    expect(isKeyRevoked(revocations, key(user.blob))).toBe(true);
    expect(problems.map(({ line: number, value }) => [number, value.slice(0, 9)])).toEqual([
      [2, 'serial: 1'],
      [3, 'ssh-rsa A'],
    ]);
  });

  test('joins several files', () => {
    const both = joinRevocations([user, other].map(({ blob }) => parseRevokedKeys(Buffer.from(line(blob)), 'f').revocations));
    expect([user, other, authority].map(({ blob }) => isKeyRevoked(both, key(blob)))).toEqual([true, true, false]);
  });

  test('property: never throws', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseRevokedKeys(Buffer.from(bytes), 'f')));
  });
});
