/** Whether one attempt to log in succeeds: root, by an authorized key or a certificate, and nothing else. */
import type { Login } from '../login.ts';
import type { Access } from './access.ts';
import { type Authorized, authorizeCertificate, authorizeKey, USER } from './authorize.ts';
import { parseCertificate } from './certificate.ts';
import { type Fault, isFault } from './fault.ts';
import type { Circumstances, Grant } from './grant.ts';
import { type Offer, type OfferedAlgorithm, readAlgorithm, readSignature } from './offer.ts';
import { fingerprint, type PublicKey, parsePublicKey } from './public-key.ts';
import { isSignedBy, USER_PRESENT, USER_VERIFIED } from './signature.ts';

export type Decision =
  | { readonly accepted: true; readonly login: Login }
  | { readonly accepted: false; readonly why: string; readonly fingerprint?: string };

/** Of a reason: names in a certificate may be as long as a packet. */
const MOST_CHARS = 400;

/** Decides. An offer without a signature is accepted only as "go on and sign". Never throws. */
export function decideLogin(offer: Offer, access: Access, address: string): Decision {
  if (offer.method !== 'publickey' || offer.key === undefined) return { accepted: false, why: `method ${printable(offer.method)}` };
  const { algo = '', data = Buffer.alloc(0) } = offer.key;
  const refused = (why: string, key?: PublicKey): Decision => ({
    accepted: false,
    why: why.slice(0, MOST_CHARS).replace(/[^\x20-\x7e]/g, '?'),
    fingerprint: key?.fingerprint ?? fingerprint(data),
  });
  const algorithm = readAlgorithm(offer);
  if (algorithm === undefined) return refused(algo.startsWith('ssh-rsa') ? 'SHA-1 signature' : `algorithm ${printable(algo)}`);
  const asked = authorize(data, algorithm, access, { address, nowMs: access.nowMs });
  if (isFault(asked)) return refused(asked.fault, asked.key);
  const { key, authorized } = asked;
  const bad = offer.signature === undefined ? undefined : findSignatureFault(offer, offer.signature, algorithm, key, authorized.grant);
  if (bad !== undefined) return refused(bad, key);
  if (offer.username !== USER) return refused(`user ${printable(offer.username)}`, key);
  return { accepted: true, login: { identity: authorized.identity, permissions: authorized.grant.permissions } };
}

interface Asked {
  readonly key: PublicKey;
  readonly authorized: Authorized;
}

function authorize(
  blob: Buffer,
  { type, certified }: OfferedAlgorithm,
  access: Access,
  circumstances: Circumstances,
): Asked | (Fault & { readonly key?: PublicKey }) {
  const found = certified ? parseCertificate(blob) : parsePublicKey(blob);
  if (isFault(found)) return { fault: `${certified ? 'certificate' : 'key'} ${found.fault}` };
  const key = 'authority' in found ? found.key : found;
  if (key.type !== type) return { fault: `key of another kind than its algorithm says`, key };
  const authorized = 'authority' in found ? authorizeCertificate(found, access, circumstances) : authorizeKey(found, access, circumstances);
  return isFault(authorized) ? { ...authorized, key } : { key, authorized };
}

function findSignatureFault(offer: Offer, bytes: Buffer, algorithm: OfferedAlgorithm, key: PublicKey, grant: Grant): string | undefined {
  const signature = readSignature(bytes, algorithm);
  if (signature === undefined || offer.blob === undefined || !isSignedBy(key, offer.blob, signature)) return 'bad signature';
  const { security } = signature;
  if (security === undefined) return undefined;
  if (grant.touchRequired && (security.flags & USER_PRESENT) === 0) return 'security key was not touched';
  if (grant.verifyRequired && (security.flags & USER_VERIFIED) === 0) return 'security key did not verify its user';
  return undefined;
}

const printable = (text: string): string => JSON.stringify(text.slice(0, 60).replace(/[^\x20-\x7e]/g, '?'));
