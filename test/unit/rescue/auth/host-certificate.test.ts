import { describe, expect, test } from 'vitest';
import { parseHostCertificate, readHostCertificate } from '../../../../src/rescue/auth/host-certificate.ts';
import { fingerprint } from '../../../../src/rescue/auth/public-key.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { certificateType, sampleCertificate, sampleEcdsa, sampleEd25519 } from './sample-certificates.ts';

const key = sampleEd25519();
const authority = sampleEd25519();
const print = fingerprint(key.blob);
const line = (of = key, change = {}) =>
  `${certificateType(of.type)} ${sampleCertificate(of, authority, { kind: 2, keyId: 'machine 7', ...change }).toString('base64')} root@machine\n`;
const file = '/run/lifeboot/etc/root/ssh_host_ed25519_key-cert.pub';

describe('parseHostCertificate()', () => {
  test('takes the one of the host key, whatever its dates: the client judges them by a better clock', () => {
    const found = parseHostCertificate(line(key, { validBefore: 1n }), print);
    expect(found).toEqual({
      blob: sampleCertificate(key, authority, { kind: 2, keyId: 'machine 7', validBefore: 1n }),
      keyId: 'machine 7',
      authorityFingerprint: fingerprint(authority.blob),
    });
  });

  test.each([
    ['of another key', line(sampleEd25519()), /is for another key, SHA256:/],
    ['for a user', line(key, { kind: 1 }), /is for a user/],
    ['of another kind of key', line(sampleEcdsa('nistp256')), /no certificate of an ed25519 key/],
    ['cut short', line().slice(0, 120), /cut short|is not an ed25519 key/],
    ['that is a plain key', `ssh-ed25519 ${key.blob.toString('base64')}`, /no certificate of an ed25519 key/],
    ['that is empty', '', /no certificate/],
  ])('refuses one %s', (_what, text, why) => {
    expect(parseHostCertificate(text, print)).toMatch(why);
  });
});

describe('readHostCertificate()', () => {
  test.each([
    ['nothing is there', new FakeSys(), 0],
    ['it fits', new FakeSys().file(file, line()), 0],
    ['it does not fit', new FakeSys().file(file, line(sampleEd25519())), 1],
    ['it cannot be read', new FakeSys().file(file, line()).fail(`read ${file}`, 'EIO'), 1],
  ])('complains as often as it should when %s', async (_what, sys, complaints) => {
    const told: string[] = [];
    await readHostCertificate(sys, file, print, (problem) => told.push(problem));
    expect(told).toHaveLength(complaints);
    if (complaints > 0) expect(told[0]).toMatch(/^\/etc\/lifeboot\/ssh_host_ed25519_key-cert\.pub: .*only the plain key is offered/);
  });
});
