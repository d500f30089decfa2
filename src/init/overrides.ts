/** The header of a script as three hands wrote it: the script's author, the distribution, the owner of this machine. */
import { paths } from '../sys/paths.ts';
import type { Problem } from '../sys/problem.ts';
import type { Sys } from '../sys/sys.ts';
import { type HeaderField, interpretFields, type LsbHeader, readFields } from './lsb-header.ts';

/** insserv's overrides stand for the whole header (insserv(8)), the first file that exists counts. */
const insservOverrides = ['/etc/insserv/overrides', '/usr/share/insserv/overrides'] as const;
/** lifeboot's overrides replace key by key, the later directory wins. */
const lifebootOverrides = [`${paths.bakedConfig}/overrides`, `${paths.etc}/overrides`] as const;

/** Which override files there are, by script. */
export interface Overrides {
  readonly insserv: ReadonlyMap<string, readonly string[]>;
  readonly lifeboot: ReadonlyMap<string, readonly string[]>;
}

/** Looks into the directories once for all scripts: most scripts have no override, and a look costs. */
export async function listOverrides(sys: Sys, root = ''): Promise<Overrides> {
  const place = (directory: string): string => (directory.startsWith(paths.bakedConfig) ? directory : `${root}${directory}`);
  const [insserv, lifeboot] = await Promise.all([insservOverrides, lifebootOverrides].map((all) => listFiles(sys, all.map(place))));
  return { insserv: insserv ?? new Map(), lifeboot: lifeboot ?? new Map() };
}

/** Paths by file name, in the order of the directories. */
async function listFiles(sys: Sys, directories: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = new Map<string, readonly string[]>();
  for (const directory of directories) {
    for (const name of (await sys.listDir(directory)) ?? []) files.set(name, [...(files.get(name) ?? []), `${directory}/${name}`]);
  }
  return files;
}

/**
 * The header that counts. An override file is named like the script and holds `# Key: value` lines, with or without the BEGIN and
 * END lines; a key in it replaces that key of the script, all lines of it. Never throws for what a person wrote: that is a Problem.
 */
export async function readHeader(
  sys: Sys,
  script: { readonly name: string; readonly file: string; readonly text: string },
  overrides: Overrides,
): Promise<{ readonly header: LsbHeader; readonly fields: readonly HeaderField[]; readonly problems: readonly Problem[] }> {
  const own = readFields(script.text, script.file);
  const problems = [...own.problems];
  let fields = own.fields ?? [];
  const [replacement] = overrides.insserv.get(script.name) ?? [];
  if (replacement !== undefined) fields = (await readOverride(sys, replacement, false, problems)) ?? fields;
  for (const file of overrides.lifeboot.get(script.name) ?? []) {
    fields = overlay(fields, (await readOverride(sys, file, true, problems)) ?? []);
  }
  const meaning = interpretFields(fields, script);
  return { header: meaning.header, fields, problems: [...problems, ...meaning.problems] };
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
