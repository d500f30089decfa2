/** What an image says about its start-up scripts, taken out of it by debugfs: nothing is mounted, and the image is not written. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readlink, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { type MendImage, readMendImage } from '../../src/init/races/mend/mend-image.ts';
import type { ReportedScript } from '../../src/init/races/report/finding.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { makeRunDir } from '../disk.ts';
import type { RootLocation } from '../root-location.ts';

const TOLD = 5;
const DUMP_MS = 120_000;
/** Headers, overrides, facilities and links; then what tells whose a script is. */
const parts = ['/etc', '/usr/share/insserv', '/var/lib/dpkg/info'] as const;

export interface ScriptTree extends AsyncDisposable {
  /** Stands for the root of the image. */
  readonly path: string;
}

/** The parts of the image that have to do with its scripts, in a directory that is removed with it. Throws a sentence when there are none. */
export async function dumpScripts(image: string, { offset }: RootLocation): Promise<ScriptTree> {
  const path = await makeRunDir();
  const dump = async (commands: readonly string[]): Promise<void> => {
    // What is not there, and whose owner cannot be set, it tells, and goes on.
    await execa('debugfs', ['-f', '-', offset === 0 ? image : `${image}?offset=${offset}`], {
      input: `${commands.join('\n')}\n`,
      timeout: DUMP_MS,
    });
  };
  try {
    for (const part of parts) await mkdir(join(path, dirname(part)), { recursive: true });
    await dump(parts.map((part) => `rdump ${part} ${quoted(join(path, dirname(part)))}`));
    if (!existsSync(join(path, 'etc/init.d'))) throw new Error(`${image}: no /etc/init.d in it that debugfs can read`);
    const outside = await linkedOutside(path);
    for (const target of outside) await mkdir(join(path, dirname(target)), { recursive: true });
    if (outside.length > 0) await dump(outside.map((target) => `dump ${quoted(target)} ${quoted(join(path, target))}`));
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
  } catch (error) {
    await rm(path, { recursive: true, force: true });
    throw error;
  }
}

/** A script may be a link to a file elsewhere in the image. */
async function linkedOutside(root: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'etc/init.d'), { withFileTypes: true }).catch(() => []);
  const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name);
  const targets = await Promise.all(links.map(async (name) => resolve('/etc/init.d', await readlink(join(root, 'etc/init.d', name)))));
  return targets.filter((target) => !target.startsWith('/etc/'));
}

/** debugfs takes words in double quotes; two of them are one. */
export const quoted = (word: string): string => `"${word.replaceAll('"', '""')}"`;

export interface ImageScripts {
  /** What mends of the image's headers are made from. */
  readonly headers: MendImage;
  /** Of each file of /etc/init.d, in hex; undefined: it cannot be read. */
  readonly sha256: ReadonlyMap<string, string | undefined>;
}

export async function readImageScripts(image: string, root: RootLocation): Promise<ImageScripts> {
  await using tree = await dumpScripts(image, root);
  const sys = createLinuxSys();
  const headers = await readMendImage(sys, tree.path);
  const sums = await Promise.all(
    ((await sys.listDir(`${tree.path}/etc/init.d`)) ?? []).map(async (name) => {
      const file = `${tree.path}/etc/init.d/${name}`;
      // An absolute link counts from the root of the image: here it would lead out of the tree.
      const isOutside = (await sys.facts(file))?.target?.startsWith('/') === true;
      const bytes = isOutside ? undefined : await sys.readBytes(file).catch(() => undefined);
      return [name, bytes && createHash('sha256').update(bytes).digest('hex')] as const;
    }),
  );
  return { headers, sha256: new Map(sums) };
}

/** Throws when scripts of a report are other files in the image, or not in it: nothing can be tried of them. */
export function requireSameScripts(scripts: readonly ReportedScript[], { sha256 }: Pick<ImageScripts, 'sha256'>, from: string): void {
  const isSame = ({ name, sha256: known }: ReportedScript) => sha256.has(name) && (sha256.get(name) ?? known) === known;
  const others = scripts.filter((script) => !isSame(script)).map(({ name }) => name);
  const told = [...others.slice(0, TOLD), ...(others.length > TOLD ? [`${others.length - TOLD} more`] : [])];
  if (others.length > 0) throw new Error(`${from}: is of other scripts than the image has now: ${told.join(', ')}; record this image anew`);
}
