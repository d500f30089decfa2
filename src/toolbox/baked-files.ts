/** What a fleet owner bakes into the toolbox: authorized keys, lifeboot.toml and the table of machines, checked while there is still somebody to read it. */
import { readFile } from 'node:fs/promises';
import { parseAuthorizedKeys } from '../rescue/auth/authorized-keys.ts';
import { checkTable } from '../rescue/network/network-table.ts';
import { parseConfigFile } from '../sys/config-file.ts';
import { formatProblem, type Problem } from '../sys/problem.ts';
import { defaultSettings } from '../sys/settings.ts';

export interface BakedFiles {
  readonly authorizedKeys?: string;
  readonly config?: string;
  readonly networkTable?: string;
}

/**
 * Reads and checks the files. At boot a broken line is survived; here it stops the build: throws an Error with one line for each
 * problem (file, line, value, what is accepted). An authorized_keys file without a single key is such a problem.
 */
export async function readBakedFiles(files: BakedFiles): Promise<BakedFiles> {
  const problems: Problem[] = [];
  const keys = files.authorizedKeys === undefined ? undefined : await readFile(files.authorizedKeys, 'utf8');
  const config = files.config === undefined ? undefined : await readFile(files.config, 'utf8');
  if (keys !== undefined && files.authorizedKeys !== undefined) problems.push(...findKeyProblems(keys, files.authorizedKeys));
  if (config !== undefined && files.config !== undefined)
    problems.push(...parseConfigFile(config, files.config, { settings: defaultSettings(), network: [] }).problems);
  const table = files.networkTable === undefined ? undefined : await readFile(files.networkTable, 'utf8');
  if (table !== undefined && files.networkTable !== undefined) problems.push(...checkTable(table, files.networkTable));
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  return {
    ...(keys === undefined ? {} : { authorizedKeys: keys }),
    ...(config === undefined ? {} : { config }),
    ...(table === undefined ? {} : { networkTable: table }),
  };
}

function findKeyProblems(text: string, file: string): readonly Problem[] {
  const { keys, problems } = parseAuthorizedKeys(text, file);
  if (keys.length > 0 || problems.length > 0) return problems;
  return [{ file, value: '', message: 'no key in it', accepted: 'one OpenSSH public key a line, as in ~/.ssh/id_ed25519.pub' }];
}
