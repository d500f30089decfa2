/** A client may send its first key exchange packet on a guess: RFC 4253 section 7. ssh2 1.17.0 throws good guesses away, too. */
import type { Inside } from './ssh2-inside.ts';

/** Where the lists of a KEXINIT begin: behind its type and cookie. */
const LISTS = 17;

/** Dropbear's client always guesses: it would wait for an answer for ever. */
export function keepGoodGuesses({ _protocol: protocol }: Inside): void {
  let told = false;
  Object.defineProperty(protocol, '_skipNextInboundPacket', {
    get: () => told && !isRight(protocol),
    set: (skip: boolean) => {
      told = skip;
    },
  });
}

/** Right when both sides like the same key exchange and the same host key best. */
function isRight({ _kex, _offer }: Inside['_protocol']): boolean {
  const [kex, hostKey] = firstNames(_kex?._remoteKexinit);
  return kex === _offer.lists.kex.array[0] && hostKey === _offer.lists.serverHostKey.array[0];
}

function firstNames(kexInit: Buffer | undefined): readonly string[] {
  const names: string[] = [];
  for (let at = LISTS; kexInit !== undefined && names.length < 2 && at + 4 <= kexInit.length; ) {
    const end = at + 4 + kexInit.readUInt32BE(at);
    names.push(kexInit.toString('latin1', at + 4, end).split(',')[0] ?? '');
    at = end;
  }
  return names;
}
