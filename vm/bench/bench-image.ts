/** Images of the measured systems: one recipe, the init system apart, each with the mark that says when all is up. */
import { existsSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { hashInputs, makeCacheDir, prune, touch } from '../cache.ts';
import { type ClientKey, clientKey } from '../client-key.ts';
import { buildBaseImage, parsePackages } from '../image/base-image.ts';
import { buildDebianBase } from '../image/debian-base.ts';
import type { AssembleOrder } from '../image/server-image.ts';
import type { Progress, ShowProgress } from '../progress.ts';
import { type BenchSystem, sysvPackages } from './systems.ts';

const here = import.meta.dirname;
const imageRecipe = resolve(here, '../image');
const checkout = resolve(here, '../..');
const toolbox = join(checkout, 'dist/toolbox');
const STEP_TIMEOUT_MS = 10 * 60_000;
/** This one and the one of before: with less, going back and forth between two states would build each time. */
const KEPT = 2;

export interface BenchImageOptions {
  readonly show: ShowProgress;
  readonly signal: AbortSignal;
}

/** Path of the image; built unless one of the same inputs is in the cache. */
export async function buildBenchImage(system: BenchSystem, { show, signal }: BenchImageOptions): Promise<string> {
  const key = await clientKey();
  const base = system.packages === undefined ? await buildBaseImage(show, signal) : undefined;
  const hash = await hashOf(system, key, base);
  const directory = await makeCacheDir('bench');
  await sweep(directory);
  const path = join(directory, `${system.name}-${hash}.img`);
  if (existsSync(path)) {
    show(`image of ${system.title}`).done(`reused (${hash})`);
    await touch(path);
    return path;
  }
  const work = `${path}.${process.pid}`;
  const files = { base: `${work}.base.tar.zst`, marked: `${work}.marked.tar.zst`, image: `${work}.unfinished`, tree: `${work}.tree` };
  try {
    if (system.packages !== undefined) {
      await buildDebianBase({
        title: system.title,
        packages: await packagesOf(system),
        tar: files.base,
        ...keyOf(system, key),
        show,
        signal,
      });
    }
    const progress = show(`image of ${system.title}`);
    progress.update('adding the mark');
    await asRoot([...markCommand(system, base ?? files.base, files.marked, files.tree)], signal);
    await removeTree(files.tree);
    await assembleImage(system, { baseTar: files.marked, imagePath: files.image, workDir: files.tree, key }, progress, signal);
    await rename(files.image, path);
    progress.done('built');
  } finally {
    await removeTree(files.tree);
    for (const file of [files.base, files.marked, files.image, `${files.tree}.json`]) await rm(file, { force: true });
  }
  await prune(directory, `${system.name}-`, KEPT);
  return path;
}

/** The server's list with its init exchanged. */
async function packagesOf(system: BenchSystem): Promise<readonly string[]> {
  const common = parsePackages(await readFile(join(imageRecipe, 'packages.txt'), 'utf8')).filter((name) => !sysvPackages.has(name));
  return [...common, ...(system.packages ?? [])];
}

const keyOf = (system: BenchSystem, key: ClientKey) => (system.keyInInitramfs ? { initramfsKey: key.publicText.trim() } : {});

async function hashOf(system: BenchSystem, key: ClientKey, base: string | undefined): Promise<string> {
  const recipe = ['assemble.ts', 'overlay', 'haproxy-frontend.cfg'].map((name) => join(imageRecipe, name));
  const ours = ['mark', ...system.mark.overlays, 'mark-base.sh', '../image/debian-base.ts'].map((name) => join(here, name));
  const lifeboot = [join(checkout, 'dist/manifest.xxh64'), join(checkout, 'src/toolbox/install.ts'), join(imageRecipe, 'overrides')];
  if (system.withLifeboot && !existsSync(lifeboot[0] ?? '')) throw new Error(`no toolbox in ${toolbox}: run \`npm run build\` first`);
  const words = base === undefined ? await packagesOf(system) : [base];
  return hashInputs({
    files: [...recipe, ...ours, key.publicFile, ...(system.withLifeboot ? lifeboot : [])],
    words: [system.name, ...words, ...system.mark.enable],
  });
}

function markCommand({ mark }: BenchSystem, from: string, to: string, work: string): readonly string[] {
  const overlays = ['mark', ...mark.overlays].map((name) => join(here, name));
  return ['sh', join(here, 'mark-base.sh'), from, to, work, ...overlays, '--', ...mark.enable];
}

type Order = Pick<AssembleOrder, 'baseTar' | 'imagePath' | 'workDir'> & { readonly key: ClientKey };

/** The harness's own recipe makes the file system, in a process that may be root of a user namespace. */
async function assembleImage(system: BenchSystem, { key, ...order }: Order, progress: Progress, signal: AbortSignal): Promise<void> {
  const orderFile = `${order.workDir}.json`;
  const whole: AssembleOrder = { ...order, publicKeyFile: key.publicFile, ...(system.withLifeboot ? { toolbox } : {}) };
  await writeFile(orderFile, JSON.stringify(whole));
  await asRoot([process.execPath, join(imageRecipe, 'assemble.ts'), orderFile], signal, (line) => progress.update(line));
}

const namespaceWords = (): readonly string[] => (process.getuid?.() === 0 ? [] : ['unshare', '--map-root-user', '--map-auto']);

/** In a process group of its own, so that an interruption ends tar and mke2fs with their parent. */
async function asRoot(argv: readonly string[], signal: AbortSignal, onLine: (line: string) => void = () => {}): Promise<void> {
  signal.throwIfAborted();
  const [command = '', ...rest] = [...namespaceWords(), ...argv];
  const child = execa(command, rest, { all: true, timeout: STEP_TIMEOUT_MS, detached: true });
  const end = () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL');
  signal.addEventListener('abort', end);
  try {
    for await (const line of child.iterable({ from: 'all' })) onLine(line);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** What runs left behind that were killed hard: their names hold their process number. */
async function sweep(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = /\.img\.(\d+)\./.exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) await removeTree(join(directory, name));
  }
}

/** Files of other users of the namespace are removed from inside it. */
async function removeTree(tree: string): Promise<void> {
  const [command = '', ...rest] = [...namespaceWords(), 'rm', '-rf', tree];
  await execa(command, rest, { reject: false });
}
