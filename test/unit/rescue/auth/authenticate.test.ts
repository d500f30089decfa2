import { utils } from 'ssh2';
import { describe, expect, test } from 'vitest';
import { noAccess } from '../../../../src/rescue/auth/access.ts';
import { decideLogin } from '../../../../src/rescue/auth/authenticate.ts';
import { parseAuthorizedKeys } from '../../../../src/rescue/auth/authorized-keys.ts';
import type { Offer } from '../../../../src/rescue/auth/offer.ts';
import { samples } from './sample-keys.ts';

const keys = (text: string) => ({ ...noAccess, authorizedKeys: [parseAuthorizedKeys(text, 'keys').keys] });
const access = keys(samples.ed25519.public + samples.rsa.public);
const decide = (made: Offer) => decideLogin(made, access, '10.0.0.7');
const blob = Buffer.from('what the client signs');

function offer(pair: { private: string }, change: Partial<Offer> = {}, hash?: 'sha256' | 'sha512'): Offer {
  const secret = utils.parseKey(pair.private);
  if (secret instanceof Error) throw secret;
  const key = { algo: secret.type, data: secret.getPublicSSH() };
  const hashAlgo = hash === undefined ? {} : { hashAlgo: hash };
  return { username: 'root', method: 'publickey', key, blob, signature: secret.sign(blob, hash), ...hashAlgo, ...change };
}

describe('decideLogin()', () => {
  test('lets root in by an authorized key', () => {
    expect(decide(offer(samples.ed25519))).toMatchObject({ accepted: true, login: { identity: { comment: 'ann@desk' } } });
    expect(decide(offer(samples.rsa, {}, 'sha512'))).toMatchObject({ accepted: true });
  });

  test('answers the question whether a key would do', () => {
    expect(decide(offer(samples.ed25519, { signature: undefined })).accepted).toBe(true);
    expect(decide(offer(samples.other, { signature: undefined }))).toMatchObject({ accepted: false, why: 'key not authorized' });
  });

  test.each([
    ['another method', { method: 'password' }, /method "password"/],
    ['another user', { username: 'admin\u001b[2J' }, /user "admin\?\[2J"/],
    ['a foreign signature', { signature: Buffer.alloc(64) }, /bad signature/],
    ['a signature over nothing', { blob: undefined }, /bad signature/],
    ['an algorithm of another kind', { key: { algo: 'ssh-rsa', data: offer(samples.ed25519).key?.data ?? Buffer.of() } }, /SHA-1/],
  ] as const)('refuses %s', (_what, change, why) => {
    expect(decide(offer(samples.ed25519, change))).toMatchObject({ accepted: false, why: expect.stringMatching(why) });
  });

  test('refuses an RSA signature by SHA-1, even to the question', () => {
    expect(decide(offer(samples.rsa))).toMatchObject({ accepted: false, why: 'SHA-1 signature' });
    expect(decide(offer(samples.rsa, { signature: undefined })).accepted).toBe(false);
  });

  test('lets nobody in without authorized keys', () => {
    expect(decideLogin(offer(samples.ed25519), noAccess, '10.0.0.7').accepted).toBe(false);
  });
});
