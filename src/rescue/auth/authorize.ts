/** Whether a key or a certificate may be root here and now, before it has signed anything. */
import type { Identity } from '../login.ts';
import type { Access } from './access.ts';
import { type Certificate, isGenuine } from './certificate.ts';
import { certificateOptions } from './certificate-options.ts';
import { type Fault, isFault } from './fault.ts';
import { type Circumstances, firstGrant, type Grant, grantBy, mergeGrants } from './grant.ts';
import type { PublicKey } from './public-key.ts';
import { isCertificateRevoked, isKeyRevoked } from './revocations.ts';

export interface Authorized {
  readonly identity: Identity;
  readonly grant: Grant;
}

export const USER = 'root';

export function authorizeKey(key: PublicKey, access: Access, circumstances: Circumstances): Authorized | Fault {
  if (isKeyRevoked(access.revocations, key)) return { fault: 'key revoked' };
  const lines = access.authorizedKeys.map((file) =>
    file.filter((line) => !line.options.certAuthority && line.key.fingerprint === key.fingerprint),
  );
  const grant = mergeGrants(
    lines.map((file) =>
      firstGrant(
        file.map(({ options }) => options),
        circumstances,
      ),
    ),
  );
  if (grant === undefined) return { fault: 'key not authorized' };
  if (isFault(grant)) return { fault: `key ${grant.fault}` };
  return { identity: { fingerprint: key.fingerprint, comment: lines.flat()[0]?.comment ?? '' }, grant };
}

/**
 * By an authority in trusted_user_ca_keys or, when that says no, by one that authorized_keys marks so. The order of the checks is that
 * of cost and of what helps most to know: nothing is verified for an authority that nobody trusts.
 */
export function authorizeCertificate(certificate: Certificate, access: Access, circumstances: Circumstances): Authorized | Fault {
  const authority = certificate.authority.fingerprint;
  const lines = access.authorizedKeys.map((file) =>
    file.filter(({ key, options }) => options.certAuthority && key.fingerprint === authority),
  );
  const trusted = access.authorities.has(authority);
  if (!trusted && lines.flat().length === 0) return refuse('is by an authority nobody trusts');
  if (!isGenuine(certificate)) return refuse('was not signed by the authority it names');
  if (!access.certificates) return refuse('is refused as all are: a list of revoked keys cannot be read');
  if (isCertificateRevoked(access.revocations, certificate)) return refuse('is revoked');
  const own = grantByItself(certificate, circumstances);
  if (isFault(own)) return own;

  const byFile = trusted ? grantByPrincipals(certificate, access, circumstances) : undefined;
  const decided = byFile === undefined || isFault(byFile) ? (grantByLines(certificate, lines, circumstances) ?? byFile) : byFile;
  const grant = mergeGrants([decided, own]);
  if (grant === undefined || isFault(grant)) return refuse(grant?.fault ?? 'is not authorized');
  const { keyId, serial, key } = certificate;
  const comment = byFile === decided ? '' : (lines.flat()[0]?.comment ?? '');
  return {
    identity: { fingerprint: key.fingerprint, comment, certificate: { keyId, serial: String(serial), caFingerprint: authority } },
    grant,
  };
}

const refuse = (why: string): Fault => ({ fault: `certificate ${why}` });

/** What it says of itself: kind, validity, options. */
function grantByItself(certificate: Certificate, circumstances: Circumstances): Grant | Fault {
  if (certificate.kind !== 'user') return refuse('is for a host');
  const nowSeconds = BigInt(Math.floor(circumstances.nowMs / 1000));
  const clock = `the machine's clock says ${new Date(circumstances.nowMs).toISOString()}`;
  if (nowSeconds < certificate.validAfter) return refuse(`is not yet valid: ${clock}, it begins ${formatSeconds(certificate.validAfter)}`);
  if (nowSeconds >= certificate.validBefore) return refuse(`has expired: ${clock}, it ended ${formatSeconds(certificate.validBefore)}`);
  if (certificate.principals.length === 0) return refuse('names no principal');
  const options = certificateOptions(certificate);
  if (isFault(options)) return refuse(options.fault);
  const grant = grantBy(options, circumstances);
  return isFault(grant) ? refuse(`is ${grant.fault}`) : grant;
}

function grantByPrincipals({ principals }: Certificate, access: Access, circumstances: Circumstances): Grant | Fault {
  if (access.principals.length === 0) return principals.includes(USER) ? unlimited : wrongPrincipal(principals, [USER]);
  const named = access.principals.map((file) => file.filter(({ principal }) => principals.includes(principal)));
  const grant = mergeGrants(
    named.map((file) =>
      firstGrant(
        file.map(({ options }) => options),
        circumstances,
      ),
    ),
  );
  return grant ?? wrongPrincipal(principals, [...new Set(access.principals.flat().map(({ principal }) => principal))]);
}

function grantByLines(
  certificate: Certificate,
  files: readonly Access['authorizedKeys'][number][],
  circumstances: Circumstances,
): Grant | Fault | undefined {
  const { principals } = certificate;
  const grants = files.map((lines) => {
    const wanted = lines.filter(({ options }) => principals.some((name) => (options.principals ?? [USER]).includes(name)));
    const none =
      lines.length === 0
        ? undefined
        : wrongPrincipal(
            principals,
            lines.flatMap(({ options }) => options.principals ?? [USER]),
          );
    return (
      firstGrant(
        wanted.map(({ options }) => options),
        circumstances,
      ) ?? none
    );
  });
  return mergeGrants(grants);
}

const unlimited: Grant = { permissions: { pty: true, forwarding: true, environment: {} }, touchRequired: false, verifyRequired: false };

function wrongPrincipal(has: readonly string[], wanted: readonly string[]): Fault {
  const list = (names: readonly string[]) => names.slice(0, 8).join(', ') || 'nobody';
  return { fault: `is for ${list(has)}, not for ${list(wanted)}` };
}

/** The last moment of a certificate without an end is beyond what a Date holds. */
function formatSeconds(seconds: bigint): string {
  const ms = Number(seconds) * 1000;
  return ms > 8.64e15 ? 'never' : new Date(ms).toISOString();
}
