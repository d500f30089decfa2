/** What depmod(8) wrote about the modules of one kernel: which there are, what each needs, which devices ask for them. Pure. */

export interface ModuleIndex {
  /** Path below the directory of the kernel, without the suffix of a compressed one, by the module's name. */
  readonly paths: ReadonlyMap<string, string>;
  /** The file as it lies there: `kernel/fs/ext4/ext4.ko.zst`. */
  readonly files: ReadonlyMap<string, string>;
  /** All that must be loaded before it, as modules.dep has it: the whole closure. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
  readonly aliases: readonly { readonly pattern: string; readonly module: string }[];
  /** Names or aliases that modprobe loads along with it. */
  readonly soft: ReadonlyMap<string, readonly string[]>;
}

export interface IndexTexts {
  readonly dep: string;
  readonly alias: string;
  readonly softdep: string;
}

/** A module's name: its file's without the suffixes, in which `-` is `_` (modprobe(8)). */
export const moduleName = (path: string): string =>
  path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.ko(\.(gz|xz|zst))?$/, '')
    .replaceAll('-', '_');

export const withoutCompression = (path: string): string => path.replace(/\.(gz|xz|zst)$/, '');

/** Reads modules.dep, modules.alias and modules.softdep. Lines of another form are left out. */
export function parseModuleIndex({ dep, alias, softdep }: IndexTexts): ModuleIndex {
  const files = new Map<string, string>();
  const needs = new Map<string, readonly string[]>();
  for (const line of dep.split('\n')) {
    const [, file, rest = ''] = /^([^:#\s]+):(.*)$/.exec(line) ?? [];
    if (file === undefined) continue;
    files.set(moduleName(file), file);
    needs.set(moduleName(file), rest.split(' ').filter(Boolean).map(moduleName));
  }
  const aliases = alias.split('\n').flatMap((line) => {
    const [, pattern, module] = /^alias\s+(\S+)\s+(\S+)$/.exec(line.trim()) ?? [];
    return pattern === undefined || module === undefined ? [] : [{ pattern, module: module.replaceAll('-', '_') }];
  });
  const soft = new Map<string, readonly string[]>();
  for (const line of softdep.split('\n')) {
    const [, name, rest] = /^softdep\s+(\S+)\s+(.+)$/.exec(line.trim()) ?? [];
    if (name === undefined || rest === undefined) continue;
    const key = name.replaceAll('-', '_');
    soft.set(key, [...(soft.get(key) ?? []), ...rest.split(/\s+/).filter((word) => word !== 'pre:' && word !== 'post:')]);
  }
  const paths = new Map([...files].map(([name, file]) => [name, withoutCompression(file)]));
  return { paths, files, needs, aliases, soft };
}

/** The modules and all that they need, softly or not, sorted. A name that is not there (built in, or of another kernel) is left out. */
export function closeOverModules(index: ModuleIndex, names: Iterable<string>): readonly string[] {
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name) || !index.files.has(name)) continue;
    found.add(name);
    const soft = (index.soft.get(name) ?? []).flatMap((word) => modulesOfAlias(index, word));
    open.push(...(index.needs.get(name) ?? []), ...soft);
  }
  return [...found].sort();
}

/** What modprobe would load for this name or modalias. */
export function modulesOfAlias(index: ModuleIndex, word: string): readonly string[] {
  const name = word.replaceAll('-', '_');
  if (index.files.has(name)) return [name];
  return index.aliases.filter(({ pattern }) => globExpression(pattern).test(word)).map(({ module }) => module);
}

/** The modules that these devices ask for. */
export function modulesOfDevices(index: ModuleIndex, modaliases: Iterable<string>): ReadonlySet<string> {
  const all = [...new Set(modaliases)];
  const wanted = index.aliases.filter(({ pattern }) => {
    const expression = globExpression(pattern);
    return all.some((modalias) => expression.test(modalias));
  });
  return new Set(wanted.map(({ module }) => module));
}

/** The texts of modules.dep, modules.alias and modules.softdep for these modules alone, uncompressed as they are in the archive. */
export function writeModuleIndex(index: ModuleIndex, names: readonly string[]): IndexTexts {
  const kept = new Set(names);
  const pathOf = (name: string): string => index.paths.get(name) ?? '';
  const dep = names.map((name) => [`${pathOf(name)}:`, ...(index.needs.get(name) ?? []).map(pathOf)].join(' '));
  const alias = index.aliases.filter(({ module }) => kept.has(module)).map(({ pattern, module }) => `alias ${pattern} ${module}`);
  const softdep = names.flatMap((name) => (index.soft.has(name) ? [`softdep ${name} pre: ${index.soft.get(name)?.join(' ')}`] : []));
  const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
  return { dep: text(dep), alias: text(alias), softdep: text(softdep) };
}

/** fnmatch(3), as modprobe matches. */
function globExpression(pattern: string): RegExp {
  const text = pattern.replace(/\[[^\]]*\]|[\s\S]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1) return `[${part.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
    return part.replace(/[.+^${}()|[\]\\/]/g, '\\$&');
  });
  return new RegExp(`^${text}$`);
}
