/** Keys for tests, made once a run: not by ssh2's own generator, one in some hundred of whose ed25519 keys is malformed. */
import { generateKeyPairSync } from 'node:crypto';
import { utils } from 'ssh2';
import { makeHostKey } from '../../../../src/rescue/auth/make-host-key.ts';

/** As files hold them: a line each. */
function pair(secret: string, comment: string): { readonly private: string; readonly public: string } {
  const parsed = utils.parseKey(secret);
  if (parsed instanceof Error) throw parsed;
  return { private: secret, public: `${parsed.type} ${parsed.getPublicSSH().toString('base64')} ${comment}\n` };
}

const ed25519 = (comment: string) => pair(makeHostKey(comment), comment);

const rsa = (bits: number, comment: string) =>
  pair(generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(), comment);

export const samples = {
  ed25519: ed25519('ann@desk'),
  other: ed25519('bob'),
  ecdsa: pair(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString(), 'eve'),
  rsa: rsa(2048, 'rsa key'),
  weak: rsa(1024, 'small'),
};
