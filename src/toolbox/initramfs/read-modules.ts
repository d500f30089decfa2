/** The kernel modules of an unpacked image: which kernels there are, their index, each module's bytes and the firmware it names. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { resolveInImage } from '../image-path.ts';
import { type ModuleIndex, moduleName, parseModuleIndex } from './module-index.ts';

export interface KernelModules {
  readonly version: string;
  readonly directory: string;
  readonly index: ModuleIndex;
  readonly builtIn: ReadonlySet<string>;
}

/** Reads the index of that kernel, or of the newest. Throws a sentence when the image has none. */
export async function readKernelModules(root: string, wanted: string | undefined): Promise<KernelModules> {
  const place = await realPlace(root, '/lib/modules');
  const versions = existsSync(place) ? (await readdir(place)).filter((version) => existsSync(join(place, version, 'modules.dep'))) : [];
  const newest = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  const version = wanted ?? newest;
  if (version === undefined) throw new Error(`${root} has no /lib/modules/VERSION/modules.dep: unpack a kernel there, or run depmod`);
  if (!versions.includes(version)) throw new Error(`${root} has no modules of kernel ${version}; it has: ${versions.join(', ') || 'none'}`);
  const directory = join(place, version);
  const read = async (name: string): Promise<string> => {
    const file = join(directory, name);
    return existsSync(file) ? readFile(file, 'utf8') : '';
  };
  const [dep, alias, softdep] = [await read('modules.dep'), await read('modules.alias'), await read('modules.softdep')];
  const builtIn = new Set((await read('modules.builtin')).split('\n').filter(Boolean).map(moduleName));
  return { version, directory, index: parseModuleIndex({ dep, alias, softdep }), builtIn };
}

/** The place of a path inside the image, with its last link followed inside the image, too. */
export async function realPlace(root: string, path: string): Promise<string> {
  return dirname(await resolveInImage(root, `${path}/.x`));
}

/** The module as the kernel loads it: busybox unpacks none, and the archive is compressed as a whole. */
export async function readModule({ directory, index }: KernelModules, name: string): Promise<Buffer> {
  const file = join(directory, index.files.get(name) ?? '');
  if (file.endsWith('.gz')) return gunzipSync(await readFile(file));
  const unpack = { '.xz': 'xz', '.zst': 'zstd' }[/\.(xz|zst)$/.exec(file)?.[0] ?? ''];
  if (unpack === undefined) return readFile(file);
  const { stdout } = await execa(unpack, ['--decompress', '--stdout', file], { encoding: 'buffer' });
  return Buffer.from(stdout);
}

/** Files of firmware that a module says it wants (MODULE_FIRMWARE), as far as the image has them: name below /lib/firmware → file. */
export async function findFirmware(root: string, version: string, bytes: Buffer): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const [, name = ''] of bytes.toString('latin1').matchAll(/\0firmware=([\w./+,-]+)\0/g)) {
    // The kernel looks in this order; it unpacks what is compressed (CONFIG_FW_LOADER_COMPRESS).
    const places = [`${version}/${name}`, name].flatMap((path) => [path, `${path}.xz`, `${path}.zst`]);
    for (const path of places) {
      const file = await realPlace(root, `/lib/firmware/${path}`);
      if (existsSync(file)) {
        found.set(path, file);
        break;
      }
    }
  }
  return found;
}
