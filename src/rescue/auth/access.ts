/** Who may log in at this moment, from all files that say so. */
import type { AuthorizedPrincipal } from './auth-principals.ts';
import type { AuthorizedKey } from './authorized-keys.ts';
import { noRevocations, type Revocations } from './revocations.ts';

export interface Access {
  /** The lines of each authorized_keys file, most trusted file first. */
  readonly authorizedKeys: readonly (readonly AuthorizedKey[])[];
  /** `SHA256:…` of the keys in trusted_user_ca_keys. */
  readonly authorities: ReadonlySet<string>;
  /** The lines of each auth_principals file; none: a certificate must name `root`. */
  readonly principals: readonly (readonly AuthorizedPrincipal[])[];
  readonly revocations: Revocations;
  /** Milliseconds since 1970, never before the toolbox was built: a clock that lost its time brings no expired key back. */
  readonly nowMs: number;
  /** False while a revocation list cannot be read: then nobody knows which certificate is good. */
  readonly certificates: boolean;
}

export const noAccess: Access = {
  authorizedKeys: [],
  authorities: new Set(),
  principals: [],
  revocations: noRevocations,
  nowMs: 0,
  certificates: true,
};

/** How many keys, and how many authorities, may let somebody in. */
export function countAccess({ authorizedKeys, authorities }: Access): { readonly authorizedKeys: number; readonly authorities: number } {
  const lines = authorizedKeys.flat();
  const distinct = (certAuthority: boolean) =>
    lines.filter(({ options }) => options.certAuthority === certAuthority).map(({ key }) => key.fingerprint);
  return { authorizedKeys: new Set(distinct(false)).size, authorities: new Set([...distinct(true), ...authorities]).size };
}
