/** Keys for tests, made once a run. */
import { utils } from 'ssh2';

export const samples = {
  ed25519: utils.generateKeyPairSync('ed25519', { comment: 'ann@desk' }),
  other: utils.generateKeyPairSync('ed25519', { comment: 'bob' }),
  ecdsa: utils.generateKeyPairSync('ecdsa', { bits: 384, comment: 'eve' }),
  rsa: utils.generateKeyPairSync('rsa', { bits: 2048, comment: 'rsa key' }),
};
