/** The toolbox as an initramfs: one cpio that the kernel unpacks, with the modules for disks and network cards. The same bytes for the same input. */
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { parseHostKey } from '../../rescue/auth/host-key.ts';
import { type BakedFiles, readBakedFiles } from '../baked-files.ts';
import { chooseModules, type ModuleChoice } from './choose-modules.ts';
import { type CpioEntry, fileEntry, writeCpio } from './cpio.ts';
import { writeModuleIndex } from './module-index.ts';
import { findFirmware, type KernelModules, readKernelModules, readModule, realPlace } from './read-modules.ts';
import { findStorageFiles } from './storage-files.ts';

export interface InitramfsOptions extends BakedFiles {
  /** The unpacked image whose kernel it is for. */
  readonly root: string;
  /** `dist/toolbox` of a build. */
  readonly toolbox: string;
  readonly output: string;
  /** Default: the newest in the image. */
  readonly kernel?: string;
  readonly modules: ModuleChoice;
  /** The machine's own host key, for an initrd of one machine; without it each boot makes another until the root is there. */
  readonly hostKey?: string;
}

export interface Initramfs {
  readonly kernel: string;
  readonly modules: number;
  readonly firmware: number;
  /** Compressed, and as it is in memory. */
  readonly bytes: number;
  readonly unpackedBytes: number;
  /** True when a key or an authority is in it. */
  readonly letsIn: boolean;
  /** What may be missing in it, in sentences. */
  readonly warnings: readonly string[];
}

/** Where everything lies until /init moves it into a tmpfs. */
const TREE = 'toolbox';
/** Where stage 1 of root mode would have copied it from the root. */
const HOST_KEY = 'etc/root/ssh_host_ed25519_key';
/** Links to the root's own directories, which is not there yet. */
const replaced = ['lib/modules', 'lib/firmware', 'etc/modprobe.d'];

/** Writes the archive, all of it or nothing. Throws an Error that says what is wrong with the image, the toolbox or a baked file. */
export async function makeInitramfs(options: InitramfsOptions): Promise<Initramfs> {
  const { root, toolbox, output } = options;
  const init = join(toolbox, 'lib/lifeboot/initramfs-init');
  if (!existsSync(init))
    throw new Error(`${toolbox} is no toolbox: it has no lib/lifeboot/initramfs-init; "npm run build" makes dist/toolbox`);
  const baked = await readBakedFiles(options);
  const kernel = await readKernelModules(root, options.kernel);
  const names = chooseModules(kernel.index, options.modules, kernel.builtIn);
  const modules = await moduleEntries(root, kernel, names);
  const files = await treeEntries(toolbox, '');
  const storage = await findStorageFiles(root, toolbox);
  const bakedEntries = [...baked].map(([name, bytes]) => contentEntry(`etc/lifeboot/${name}`, bytes, 0o600));
  if (options.hostKey !== undefined) bakedEntries.push(contentEntry(HOST_KEY, await readHostKey(options.hostKey), 0o600));
  const overridden = new Set(bakedEntries.map(({ path }) => path));
  const entries: CpioEntry[] = [
    ...['dev', 'new', 'proc', 'run', 'sys', TREE].map(directoryEntry),
    { path: 'dev/console', kind: 'console' },
    fileEntry('init', 0o755, init),
    ...withDirectories([
      ...files.filter(({ path }) => !overridden.has(path)),
      ...bakedEntries,
      ...modules.entries,
      ...(await modprobeEntries(root)),
      ...[...storage.copies].map(([path, file]) => fileEntry(`${TREE}/${path}`, 0o644, file)),
    ]),
  ];
  const isSecret = options.hostKey !== undefined || options.consolePasswordHash !== undefined;
  const unpackedBytes = await compress(entries, output, isSecret ? 0o600 : 0o644);
  return {
    ...{ kernel: kernel.version, modules: names.length, firmware: modules.firmware, unpackedBytes, warnings: storage.warnings },
    bytes: (await stat(output)).size,
    letsIn: [...files, ...bakedEntries].some(({ path }) => /etc\/lifeboot\/(authorized_keys|trusted_user_ca_keys)$/.test(path)),
  };
}

async function readHostKey(file: string): Promise<Buffer> {
  const bytes = await readFile(file);
  if (parseHostKey(bytes.toString('utf8')) === undefined) throw new Error(`${file} is not an ed25519 private key without a passphrase`);
  return bytes;
}

/** What is in the toolbox, but for the links to the root. */
async function treeEntries(toolbox: string, below: string): Promise<readonly CpioEntry[]> {
  const found: CpioEntry[] = [];
  for (const entry of await readdir(join(toolbox, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    const file = join(toolbox, path);
    if (replaced.includes(path)) continue;
    if (entry.isDirectory()) found.push(directoryEntry(`${TREE}/${path}`), ...(await treeEntries(toolbox, path)));
    else if (entry.isSymbolicLink()) found.push({ path: `${TREE}/${path}`, kind: 'link', target: await readlink(file) });
    else if (entry.isFile()) found.push(fileEntry(`${TREE}/${path}`, (await stat(file)).mode & 0o777, file));
  }
  return found;
}

async function moduleEntries(root: string, kernel: KernelModules, names: readonly string[]) {
  const home = `lib/modules/${kernel.version}`;
  const entries: CpioEntry[] = [];
  const firmware = new Map<string, string>();
  for (const name of names) {
    const bytes = await readModule(kernel, name);
    entries.push(contentEntry(`${home}/${kernel.index.paths.get(name)}`, bytes, 0o644));
    for (const [path, file] of await findFirmware(root, kernel.version, bytes)) firmware.set(path, file);
  }
  const texts = Object.entries(writeModuleIndex(kernel.index, names));
  entries.push(...texts.map(([name, text]) => contentEntry(`${home}/modules.${name}`, Buffer.from(text), 0o644)));
  const builtIn = join(kernel.directory, 'modules.builtin');
  if (existsSync(builtIn)) entries.push(fileEntry(`${TREE}/${home}/modules.builtin`, 0o644, builtIn));
  entries.push(...[...firmware].map(([path, file]) => fileEntry(`${TREE}/lib/firmware/${path}`, 0o644, file)));
  return { entries, firmware: firmware.size };
}

/** Options and blacklists of the image, for modules that are loaded before it is there. The administrator's file wins over the package's. */
async function modprobeEntries(root: string): Promise<readonly CpioEntry[]> {
  const files = new Map<string, string>();
  for (const directory of ['/lib/modprobe.d', '/etc/modprobe.d']) {
    const place = await realPlace(root, directory);
    if (!existsSync(place)) continue;
    for (const name of await readdir(place)) {
      const file = await realPlace(root, `${directory}/${name}`);
      if (name.endsWith('.conf') && existsSync(file)) files.set(name, file);
    }
  }
  return [...files].map(([name, file]) => fileEntry(`${TREE}/etc/modprobe.d/${name}`, 0o644, file));
}

const directoryEntry = (path: string): CpioEntry => ({ path, kind: 'directory', mode: 0o755 });

const contentEntry = (path: string, bytes: Buffer, mode: number): CpioEntry => ({
  ...{ path: `${TREE}/${path}`, kind: 'file', mode, content: () => Promise.resolve(bytes) },
});

/** The kernel makes no directory that is not in the archive. */
function withDirectories(entries: readonly CpioEntry[]): readonly CpioEntry[] {
  const known = new Set([TREE, ...entries.map(({ path }) => path)]);
  const missing = new Set<string>();
  for (const { path } of entries) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (!known.has(path.slice(0, at))) missing.add(path.slice(0, at));
    }
  }
  return [...entries, ...[...missing].map(directoryEntry)];
}

/** One thread, because zstd's output depends on their number; `--check` lets the kernel see a damaged archive. Returns the bytes before. */
async function compress(entries: readonly CpioEntry[], output: string, mode: number): Promise<number> {
  const place = resolve(output);
  const partial = `${place}.partial`;
  let bytes = 0;
  const counted = async function* () {
    for await (const part of writeCpio(entries)) {
      bytes += part.length;
      yield part;
    }
  };
  try {
    await execa('zstd', ['-12', '--single-thread', '--check', '--quiet', '--force', '-o', partial], { input: Readable.from(counted()) });
    await chmod(partial, mode);
    await rename(partial, place);
  } finally {
    await rm(partial, { force: true });
  }
  return bytes;
}
