import { utils } from 'ssh2';
import { describe, expect, test } from 'vitest';
import { decideLogin, type Offer } from '../../../../src/rescue/auth/authenticate.ts';
import { parseAuthorizedKeys } from '../../../../src/rescue/auth/authorized-keys.ts';
import { samples } from './sample-keys.ts';

const { keys } = parseAuthorizedKeys(samples.ed25519.public + samples.rsa.public, 'keys');
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
    expect(decideLogin(offer(samples.ed25519), keys)).toMatchObject({ accepted: true, login: { identity: { comment: 'ann@desk' } } });
    expect(decideLogin(offer(samples.rsa, {}, 'sha512'), keys)).toMatchObject({ accepted: true });
  });

  test('answers the question whether a key would do', () => {
    expect(decideLogin(offer(samples.ed25519, { signature: undefined }), keys).accepted).toBe(true);
    expect(decideLogin(offer(samples.other, { signature: undefined }), keys)).toMatchObject({ accepted: false, why: 'key not authorized' });
  });

  test.each([
    ['another method', { method: 'password' }, /method "password"/],
    ['another user', { username: 'admin\u001b[2J' }, /user "admin\?\[2J"/],
    ['a foreign signature', { signature: Buffer.alloc(64) }, /bad signature/],
    ['a signature over nothing', { blob: undefined }, /bad signature/],
    ['an algorithm of another kind', { key: { algo: 'ssh-rsa', data: offer(samples.ed25519).key?.data ?? Buffer.of() } }, /not authorized/],
  ] as const)('refuses %s', (_what, change, why) => {
    expect(decideLogin(offer(samples.ed25519, change), keys)).toMatchObject({ accepted: false, why: expect.stringMatching(why) });
  });

  test('refuses an RSA signature by SHA-1, even to the question', () => {
    expect(decideLogin(offer(samples.rsa), keys)).toMatchObject({ accepted: false, why: 'SHA-1 signature' });
    expect(decideLogin(offer(samples.rsa, { signature: undefined }), keys).accepted).toBe(false);
  });

  test('lets nobody in without authorized keys', () => {
    expect(decideLogin(offer(samples.ed25519), []).accepted).toBe(false);
  });
});
