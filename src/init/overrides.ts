/** The header of a script as three hands wrote it: the script's author, the distribution, the owner of this machine. */
import { paths } from '../sys/paths.ts';
import type { Problem } from '../sys/problem.ts';
import type { Sys } from '../sys/sys.ts';
import { type HeaderField, interpretFields, type LsbHeader, readFields } from './lsb-header.ts';

/** insserv's overrides stand for the whole header (insserv(8)), the first file that exists counts. */
export const insservOverrides = ['/etc/insserv/overrides', '/usr/share/insserv/overrides'] as const;
/** lifeboot's overrides replace key by key, the later directory wins. */
export const lifebootOverrides = [`${paths.bakedConfig}/overrides`, `${paths.etc}/overrides`] as const;

/**
 * The header that counts. An override file is named like the script and holds `# Key: value` lines, with or without the BEGIN and
 * END lines; a key in it replaces that key of the script, all lines of it. Never throws for what a person wrote: that is a Problem.
 */
export async function readHeader(
  sys: Sys,
  script: { readonly name: string; readonly file: string; readonly text: string },
  root = '',
): Promise<{ readonly header: LsbHeader; readonly problems: readonly Problem[] }> {
  const own = readFields(script.text, script.file);
  const problems = [...own.problems];
  let fields = own.fields ?? [];
  for (const directory of insservOverrides) {
    const replaced = await readOverride(sys, `${root}${directory}/${script.name}`, false, problems);
    if (replaced === undefined) continue;
    fields = replaced;
    break;
  }
  for (const directory of lifebootOverrides) {
    const file = `${directory.startsWith(paths.bakedConfig) ? '' : root}${directory}/${script.name}`;
    fields = overlay(fields, (await readOverride(sys, file, true, problems)) ?? []);
  }
  const meaning = interpretFields(fields, script);
  return { header: meaning.header, problems: [...problems, ...meaning.problems] };
}

async function readOverride(sys: Sys, file: string, wholeFile: boolean, problems: Problem[]): Promise<readonly HeaderField[] | undefined> {
  try {
    const text = await sys.readText(file);
    if (text === undefined) return undefined;
    const read = readFields(text, file, { wholeFile });
    problems.push(...read.problems);
    return read.fields;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    problems.push({ file, value: '', message: `cannot be read: ${message}`, accepted: 'a text file; the header without it is used' });
    return undefined;
  }
}

function overlay(fields: readonly HeaderField[], over: readonly HeaderField[]): readonly HeaderField[] {
  const keys = new Set(over.map((field) => field.key));
  return [...fields.filter((field) => !keys.has(field.key)), ...over];
}
