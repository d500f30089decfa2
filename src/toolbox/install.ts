/** Puts a built toolbox into an unpacked image, all of it or nothing that a boot would notice. */
import { existsSync } from 'node:fs';
import { chmod, copyFile, cp, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { type BakedFiles, bakedNames, loginNames, readBakedFiles } from './baked-files.ts';
import { commandText, imageLayout } from './image-layout.ts';
import { resolveInImage } from './image-path.ts';
import { writeManifest } from './manifest.ts';

export interface InstallOptions extends BakedFiles {
  /** The unpacked image. */
  readonly root: string;
  /** `dist/toolbox` of a build; its manifest and SBOM lie beside it. */
  readonly toolbox: string;
}

export interface Installed {
  /** Places inside the image that were written. */
  readonly written: readonly string[];
  /** What the person should know, each a sentence. */
  readonly notes: readonly string[];
}

/** What lies beside `toolbox/` in a build and goes along: stage 1's checksums, and what an auditor asks for. */
const COMPANIONS = ['sbom.cdx.json', 'licenses'];
/** Where baked files lie inside the toolbox. */
const BAKED = 'etc/lifeboot';
const HOST_KEY = 'ssh_host_ed25519_key';

/**
 * Installs, or replaces an older installation; twice the same is the same. Throws an Error that says what is wrong with the image,
 * the toolbox or a baked file before anything is written. The new tree is complete before it takes the old one's name.
 */
export async function installToolbox(options: InstallOptions): Promise<Installed> {
  await checkImage(options.root);
  await checkToolbox(options.toolbox);
  const baked = await readBakedFiles(options);
  const home = await resolveInImage(options.root, imageLayout.home);
  const init = await resolveInImage(options.root, imageLayout.init);
  const command = await resolveInImage(options.root, imageLayout.command);

  const fresh = `${home}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  const tree = join(fresh, 'toolbox');
  await cp(options.toolbox, tree, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  const kept = await keepBaked(join(home, 'toolbox', BAKED), join(tree, BAKED));
  await bake(join(tree, BAKED), baked);
  await writeManifest(tree, join(fresh, 'manifest.xxh64'));
  await copyCompanions(dirname(options.toolbox), fresh);
  // On a running machine: a power cut must find the old tree or the whole new one.
  await syncFilesystem(fresh);
  await replaceTree(fresh, home);
  await putProgram(command, async (file) => writeFile(file, commandText));
  const notice = await putNotice(options.root, tree.replace(fresh, home));
  // Last: with it in place a boot would use the rest.
  await putProgram(init, async (file) => copyFile(join(tree.replace(fresh, home), 'lib/lifeboot/lifeboot-init'), file));
  await syncFilesystem(home);
  return { written: [imageLayout.home, imageLayout.command, ...notice, imageLayout.init], notes: notesFor(options.root, baked, kept) };
}

/** syncfs(2) of the filesystem that `path` is on. */
async function syncFilesystem(path: string): Promise<void> {
  await execa('sync', ['-f', path]);
}

async function checkImage(root: string): Promise<void> {
  const isDirectory = async (path: string): Promise<boolean> => existsSync(path) && (await lstat(path)).isDirectory();
  if (!(await isDirectory(root))) throw new Error(`${root}: no such directory; --root names the top of an unpacked image`);
  for (const part of ['etc', 'usr']) {
    if (!(await isDirectory(join(root, part)))) throw new Error(`${root} does not look like an unpacked image: it has no ${part}/`);
  }
}

async function checkToolbox(toolbox: string): Promise<void> {
  for (const part of ['bin/busybox', 'bin/node', 'lib/lifeboot/agent.mjs', 'lib/lifeboot/lifeboot-init']) {
    if (!existsSync(join(toolbox, part)))
      throw new Error(`${toolbox} is no toolbox: it has no ${part}; "npm run build" makes dist/toolbox`);
  }
}

/** An upgrade must not lock anybody out: what an earlier installation had baked in stays until it is replaced. Returns the names. */
async function keepBaked(from: string, to: string): Promise<readonly string[]> {
  const kept = bakedNames.filter((name) => existsSync(join(from, name)));
  for (const name of kept) await copyFile(join(from, name), join(to, name));
  return kept;
}

/** Keys are no secret, but who may log in is nobody's business on the machine: 0600. */
async function bake(directory: string, baked: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const name of bakedNames) {
    const file = join(directory, name);
    const bytes = baked.get(name);
    if (bytes !== undefined) await writeFile(file, bytes);
    if (existsSync(file)) await chmod(file, 0o600);
  }
}

async function copyCompanions(from: string, to: string): Promise<void> {
  for (const name of COMPANIONS) {
    if (existsSync(join(from, name))) await cp(join(from, name), join(to, name), { recursive: true, preserveTimestamps: true });
  }
}

async function replaceTree(fresh: string, place: string): Promise<void> {
  const old = `${place}.old`;
  await rm(old, { recursive: true, force: true });
  if (existsSync(place)) await rename(place, old);
  await rename(fresh, place);
  await rm(old, { recursive: true, force: true });
}

/** A program appears complete and executable or not at all. */
async function putProgram(place: string, write: (file: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  const fresh = `${place}.new`;
  await write(fresh);
  await chmod(fresh, 0o755);
  await rename(fresh, place);
}

/** Scripts learn of it by Debian's init-functions; an image without them has scripts that tell nobody. */
async function putNotice(root: string, toolbox: string): Promise<readonly string[]> {
  const place = await resolveInImage(root, imageLayout.notice);
  if (!existsSync(dirname(place))) return [];
  const fresh = join(toolbox, 'lib/lifeboot/notice-script');
  // run-parts(8) leaves out what has a dot in its name.
  await copyFile(fresh, `${place}.new`);
  await chmod(`${place}.new`, 0o644);
  await rename(`${place}.new`, place);
  return [imageLayout.notice];
}

function notesFor(root: string, baked: ReadonlyMap<string, Buffer>, kept: readonly string[]): readonly string[] {
  const keptNow = kept.filter((name) => !baked.has(name));
  const inImage = (name: string) => existsSync(join(root, imageLayout.config, name));
  const keys = loginNames.some((name) => baked.has(name) || kept.includes(name) || inImage(name));
  return [
    'boot it with the kernel option init=/sbin/lifeboot-init',
    ...keptNow.map((name) => `kept the ${name} that an earlier installation had baked in`),
    ...(inImage(HOST_KEY) ? [`${imageLayout.config}/${HOST_KEY} is in the image: every machine made from it has the same host key`] : []),
    ...(keys
      ? []
      : [
          'no authorized key: nobody will be able to log in over rescue ssh; give --authorized-keys FILE or --trusted-user-ca-keys FILE, or put one at /etc/lifeboot/authorized_keys',
        ]),
  ];
}
