/** Whether one attempt to log in succeeds: root, by an authorized key, and nothing else. */
import { timingSafeEqual } from 'node:crypto';
import type { Login } from '../login.ts';
import type { AuthorizedKey } from './authorized-keys.ts';
import { fingerprint } from './key-blob.ts';

/** What a client offers: the part of ssh2's auth context that counts. */
export interface Offer {
  readonly username: string;
  readonly method: string;
  readonly key?: { readonly algo: string; readonly data: Buffer };
  /** Absent when the client only asks whether the key would do. */
  readonly signature?: Buffer | undefined;
  readonly blob?: Buffer | undefined;
  readonly hashAlgo?: string | undefined;
}

export type Decision =
  | { readonly accepted: true; readonly login: Login }
  | { readonly accepted: false; readonly why: string; readonly fingerprint?: string };

const USER = 'root';

/** Decides. An offer without a signature is accepted only as "go on and sign". */
export function decideLogin(offer: Offer, keys: readonly AuthorizedKey[]): Decision {
  if (offer.method !== 'publickey' || offer.key === undefined) return { accepted: false, why: `method ${printable(offer.method)}` };
  const { algo, data } = offer.key;
  const offered = fingerprint(data);
  const key = keys.filter((candidate) => isSame(candidate.fingerprint, offered)).find(({ type }) => type === algo);
  if (key === undefined) return { accepted: false, why: 'key not authorized', fingerprint: offered };
  // A bare ssh-rsa signature is SHA-1: ssh2 names the hash only for rsa-sha2-256 and rsa-sha2-512.
  if (key.type === 'ssh-rsa' && offer.hashAlgo === undefined) return { accepted: false, why: 'SHA-1 signature', fingerprint: offered };
  const signed = offer.signature === undefined || (offer.blob !== undefined && key.verify(offer.blob, offer.signature, offer.hashAlgo));
  if (!signed) return { accepted: false, why: 'bad signature', fingerprint: offered };
  if (offer.username !== USER) return { accepted: false, why: `user ${printable(offer.username)}`, fingerprint: offered };
  return { accepted: true, login: { identity: { fingerprint: offered, comment: key.comment }, permissions: key.permissions } };
}

/** Fingerprints are SHA-256 of the whole key, and all of one length. */
function isSame(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}

const printable = (text: string): string => JSON.stringify(text.slice(0, 32).replace(/[^\x20-\x7e]/g, '?'));
