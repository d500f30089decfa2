/** What a fleet owner bakes into the toolbox: who may log in, lifeboot.toml and the table of machines, checked while there is still somebody to read it. */
import { readFile } from 'node:fs/promises';
import { parseAuthorizedPrincipals } from '../rescue/auth/auth-principals.ts';
import { parseAuthorizedKeys } from '../rescue/auth/authorized-keys.ts';
import { parseRevokedKeys } from '../rescue/auth/revoked-keys.ts';
import { parseTrustedAuthorities } from '../rescue/auth/trusted-authorities.ts';
import { checkTable, TABLE_NAME } from '../rescue/network/network-table.ts';
import { parseConfigFile } from '../sys/config-file.ts';
import { formatProblem, type Problem } from '../sys/problem.ts';
import { defaultSettings } from '../sys/settings.ts';

/** Files to bake in: each name is also the option of `lifeboot install`, in its own spelling. */
export interface BakedFiles {
  readonly authorizedKeys?: string;
  readonly trustedUserCaKeys?: string;
  readonly authPrincipals?: string;
  readonly revokedKeys?: string;
  readonly config?: string;
  readonly networkTable?: string;
  readonly consolePasswordHash?: string;
}

interface BakedKind {
  /** In the toolbox. */
  readonly name: string;
  readonly check: (bytes: Buffer, file: string) => readonly Problem[];
}

const kinds: Readonly<Record<keyof BakedFiles, BakedKind>> = {
  authorizedKeys: { name: 'authorized_keys', check: checkAuthorizedKeys },
  trustedUserCaKeys: { name: 'trusted_user_ca_keys', check: checkAuthorities },
  authPrincipals: { name: 'auth_principals', check: (bytes, file) => parseAuthorizedPrincipals(bytes.toString('utf8'), file).problems },
  revokedKeys: { name: 'revoked_keys', check: (bytes, file) => parseRevokedKeys(bytes, file).problems },
  config: {
    name: 'lifeboot.toml',
    check: (bytes, file) => parseConfigFile(bytes.toString('utf8'), file, { settings: defaultSettings(), network: [] }).problems,
  },
  consolePasswordHash: { name: 'console.shadow', check: checkPasswordHash },
  networkTable: { name: TABLE_NAME, check: (bytes, file) => checkTable(bytes.toString('utf8'), file) },
};

export const bakedNames: readonly string[] = Object.values(kinds).map(({ name }) => name);

/** Names of files without which nobody can log in. */
export const loginNames: readonly string[] = [kinds.authorizedKeys.name, kinds.trustedUserCaKeys.name];

/**
 * Reads and checks the files, by their names in the toolbox. At boot a broken line is survived; here it stops the build: throws an
 * Error with one line for each problem (file, line, value, what is accepted). A file of keys without a single key is such a problem.
 */
export async function readBakedFiles(files: BakedFiles): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const problems: Problem[] = [];
  for (const [option, { name, check }] of Object.entries(kinds)) {
    const file = files[option as keyof BakedFiles];
    if (file === undefined) continue;
    const bytes = await readFile(file);
    found.set(name, bytes);
    problems.push(...check(bytes, file));
  }
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  return found;
}

function checkAuthorizedKeys(bytes: Buffer, file: string): readonly Problem[] {
  const { keys, problems } = parseAuthorizedKeys(bytes.toString('utf8'), file);
  return keys.length > 0 || problems.length > 0 ? problems : [noKey(file)];
}

function checkAuthorities(bytes: Buffer, file: string): readonly Problem[] {
  const { authorities, problems } = parseTrustedAuthorities(bytes.toString('utf8'), file);
  return authorities.length > 0 || problems.length > 0 ? problems : [noKey(file)];
}

/** crypt(5): what busybox can compare. The value is not shown: it is next to a password. */
function checkPasswordHash(bytes: Buffer, file: string): readonly Problem[] {
  if (/^\$[56]\$[./A-Za-z0-9=$]{10,}\n?$/.test(bytes.toString('utf8'))) return [];
  const accepted = 'one line, a sha512crypt hash as of "openssl passwd -6" ($6$…; yescrypt and bcrypt are not)';
  return [{ file, line: 1, value: '(not shown)', message: 'no password hash', accepted }];
}

const noKey = (file: string): Problem => ({
  ...{ file, value: '', message: 'no key in it' },
  accepted: 'one OpenSSH public key a line, as in ~/.ssh/id_ed25519.pub',
});
