/** Who may log in at this moment, from every place that may say so, even while the root's disk does not answer. */
import { readBuildTime } from '../../sys/build-time.ts';
import { formatProblem, type Problem } from '../../sys/problem.ts';
import type { Sys } from '../../sys/sys.ts';
import type { Access } from './access.ts';
import { parseAuthorizedPrincipals } from './auth-principals.ts';
import { parseAuthorizedKeys } from './authorized-keys.ts';
import { joinRevocations } from './revocations.ts';
import { parseRevokedKeys } from './revoked-keys.ts';
import { parseTrustedAuthorities } from './trusted-authorities.ts';
import { openTrustedFiles, type TrustedFiles, type TrustedRead } from './trusted-files.ts';

/** Each may hold `authorized_keys`, `trusted_user_ca_keys`, `auth_principals` and `revoked_keys`. */
export interface AccessPlaces {
  /** Baked into the toolbox. */
  readonly baked: string;
  /** Stage 1's copy of the root's own. */
  readonly copied: string;
  /** The root's own, once it is entered; before that the name leads to the baked one. */
  readonly live: string;
}

export interface LoadedAccess {
  readonly access: Access;
  readonly problems: readonly Problem[];
}

export interface AccessSource {
  /** Reads all files again. Never rejects: a file that cannot be read or trusted is a Problem. */
  load(): Promise<LoadedAccess>;
}

interface Parsed<T> {
  readonly file: string;
  readonly read: TrustedRead;
  readonly found?: T & { readonly problems: readonly Problem[] };
}

const LEFT_OUT = 'a file and directory of root, writable by root only (the file is left out)';
const NO_CERTIFICATE = 'a file and directory of root, writable by root only (until then no certificate lets anybody in; plain keys do)';

/**
 * What the operator changes on the root counts at the next log-in: the live file takes the place of stage 1's copy of it. A
 * revocation list that cannot be read or understood refuses all certificates, as sshd does, but no plain key: authorized_keys is the
 * list of those, and a broken file must not lock everybody out of a rescue.
 */
export function openAccessSource(sys: Sys, places: AccessPlaces, deadlineMs?: number): AccessSource {
  const files = openTrustedFiles(sys, deadlineMs);
  const authorizedKeys = openKind(files, places, 'authorized_keys', (bytes, file) => parseAuthorizedKeys(bytes.toString('utf8'), file));
  const authorities = openKind(files, places, 'trusted_user_ca_keys', (bytes, file) =>
    parseTrustedAuthorities(bytes.toString('utf8'), file),
  );
  const principals = openKind(files, places, 'auth_principals', (bytes, file) => parseAuthorizedPrincipals(bytes.toString('utf8'), file));
  let builtMs: number | undefined;
  const revoked = openKind(files, places, 'revoked_keys', parseRevokedKeys);

  return {
    async load() {
      builtMs ??= await readBuildTime(sys);
      const [keys, trusted, named, gone] = await Promise.all([authorizedKeys(), authorities(), principals(), revoked()]);
      const access: Access = {
        authorizedKeys: keys.flatMap(({ found }) => (found === undefined ? [] : [found.keys])),
        authorities: new Set(trusted.flatMap(({ found }) => found?.authorities ?? []).map(({ key }) => key.fingerprint)),
        principals: named.flatMap(({ found }) => (found === undefined ? [] : [found.principals])),
        revocations: joinRevocations(gone.flatMap(({ found }) => (found === undefined ? [] : [found.revocations]))),
        nowMs: Math.max(sys.wallClock().getTime(), builtMs),
        certificates: gone.every((source) => isReliable(source, gone)),
      };
      const problems = [...problemsOf([...keys, ...trusted, ...named], LEFT_OUT), ...problemsOf(gone, NO_CERTIFICATE)];
      return { access, problems: [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()] };
    },
  };
}

/** Reads one file in all places. What has not changed since is not parsed again. */
function openKind<T>(
  files: TrustedFiles,
  { baked, copied, live }: AccessPlaces,
  name: string,
  parse: (bytes: Buffer, file: string) => T & { readonly problems: readonly Problem[] },
): () => Promise<readonly Parsed<T>[]> {
  const known = new Map<string, { readonly bytes: Buffer; readonly found: T & { readonly problems: readonly Problem[] } }>();

  function parseOnce(file: string, bytes: Buffer): T & { readonly problems: readonly Problem[] } {
    const before = known.get(file);
    if (before?.bytes.equals(bytes)) return before.found;
    const found = parse(bytes, file);
    known.set(file, { bytes, found });
    return found;
  }

  return async () => {
    const places = [baked, copied, live].map((directory) => `${directory}/${name}`);
    const reads = await Promise.all(places.map(async (file) => ({ file, read: await files.read(file) })));
    return chooseSources(reads).map(({ file, read }) =>
      read.content === undefined ? { file, read } : { file, read, found: parseOnce(file, read.content.bytes) },
    );
  };
}

interface Source {
  readonly file: string;
  readonly read: TrustedRead;
}

/** One file under two names counts once. A live file that is not the baked one again takes the place of its copy. */
function chooseSources([baked, copied, live]: readonly Source[]): readonly Source[] {
  if (baked === undefined || copied === undefined || live === undefined) return [];
  if (isSame(baked.read, live.read)) return [baked, copied];
  if (live.read.content === undefined) return [baked, copied, live];
  return [baked, live];
}

const isSame = ({ content: one }: TrustedRead, { content: other }: TrustedRead): boolean =>
  one !== undefined && other !== undefined && one.mtimeMs === other.mtimeMs && one.bytes.equals(other.bytes);

/** A disk that does not answer leaves what stage 1 copied; a file that cannot be understood leaves nobody knows what. */
function isReliable({ read, found }: Parsed<object>, [, copied]: readonly Parsed<object>[]): boolean {
  if (found !== undefined) return found.problems.length === 0;
  if (read.failure === undefined || read.failure.kind === 'late') return true;
  return read.failure.kind === 'failed' && copied?.found !== undefined;
}

function problemsOf(sources: readonly Parsed<object>[], accepted: string): readonly Problem[] {
  return sources.flatMap(({ file, read: { failure }, found }) => {
    const message = failure === undefined ? '' : failure.kind === 'distrusted' ? failure.why : `cannot be read: ${failure.why}`;
    return [...(failure === undefined ? [] : [{ file, value: file, message, accepted }]), ...(found?.problems ?? [])];
  });
}
