/** Keys for tests, made once a run. */
import { utils } from 'ssh2';

type Kind = 'ed25519' | 'ecdsa' | 'rsa';

/** As files hold them: a line each. */
function make(kind: Kind, comment: string, bits = 0) {
  const made =
    kind === 'ed25519' ? utils.generateKeyPairSync(kind, { comment }) : utils.generateKeyPairSync(kind as 'rsa', { comment, bits });
  return { private: made.private, public: `${made.public}\n` };
}

export const samples = {
  ed25519: make('ed25519', 'ann@desk'),
  other: make('ed25519', 'bob'),
  ecdsa: make('ecdsa', 'eve', 384),
  rsa: make('rsa', 'rsa key', 2048),
};
