/** Disks of machines: an overlay that leaves the image alone, a copy one may damage, and what fsck says afterwards. */
import { existsSync } from 'node:fs';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { makeCacheDir } from './cache.ts';
import type { RootLocation } from './root-location.ts';

const TOOL_TIMEOUT_MS = 120_000;

export interface Disk extends AsyncDisposable {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  readonly root: RootLocation;
}

/** A qcow2 file over the image: made at once, the image is never written. `clusterKiB`: what is mapped, and lost, as one piece. */
export async function overlayDisk(image: string, root: RootLocation, { clusterKiB = 64 } = {}): Promise<Disk> {
  const directory = await makeRunDir();
  const path = join(directory, 'disk.qcow2');
  const options = ['-f', 'qcow2', '-o', `cluster_size=${clusterKiB}k`, '-b', image, '-F', 'raw'];
  await execa('qemu-img', ['create', '-q', ...options, path], { timeout: TOOL_TIMEOUT_MS });
  return { path, format: 'qcow2', root, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

/** A sparse copy of the image, for scenarios that write into it before the boot. */
export async function copyDisk(image: string, root: RootLocation): Promise<Disk> {
  const directory = await makeRunDir();
  const path = join(directory, 'disk.img');
  await execa('cp', ['--reflink=auto', '--sparse=always', image, path], { timeout: TOOL_TIMEOUT_MS });
  return { path, format: 'raw', root, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

/** A directory for one run, removed with the disk that lies in it. What runs left behind that were killed hard is swept here. */
export async function makeRunDir(): Promise<string> {
  const runs = await makeCacheDir('vm', 'runs');
  for (const name of await readdir(runs)) {
    if (!existsSync(`/proc/${name.split('-')[0]}`)) await rm(join(runs, name), { recursive: true, force: true });
  }
  return mkdtemp(join(runs, `${process.pid}-`));
}

/** Runs debugfs commands on a raw disk. debugfs exits 0 whatever happens, so anything it says that looks like a failure throws. */
export async function debugfs(disk: Disk, commands: readonly string[]): Promise<string> {
  if (disk.format !== 'raw') throw new Error('debugfs wants a raw disk: use copyDisk');
  const result = await execa('debugfs', ['-w', '-f', '-', rootOf(disk)], {
    input: `${commands.join('\n')}\n`,
    all: true,
    timeout: TOOL_TIMEOUT_MS,
  });
  const failure = /^(?!debugfs( \d|:)).*(not found|No such|Usage:|Unknown|bad |Couldn't|already exists).*$/im.exec(result.all);
  if (failure) throw new Error(`debugfs: ${failure[0]}\n${result.all}`);
  return result.all;
}

export interface CheckResult {
  readonly code: number;
  readonly output: string;
  /** Superblock facts as `dumpe2fs -h` has them: `Filesystem state`, `Filesystem features` … */
  readonly superblock: ReadonlyMap<string, string>;
}

/** What a full `e2fsck -fn` finds on the disk as it is: nothing is changed, not even the journal is replayed. */
export async function checkDisk(disk: Disk): Promise<CheckResult> {
  await using copy = await rawCopy(disk);
  const [check, header] = await Promise.all([
    execa('e2fsck', ['-fn', rootOf(copy)], { reject: false, all: true, timeout: TOOL_TIMEOUT_MS }),
    execa('dumpe2fs', ['-h', rootOf(copy)], { timeout: TOOL_TIMEOUT_MS }),
  ]);
  const pairs = header.stdout.split('\n').flatMap((line) => {
    const match = /^([^:]+):\s+(.*)$/.exec(line);
    return match ? [[match[1] ?? '', match[2] ?? ''] as const] : [];
  });
  return { code: check.exitCode ?? -1, output: check.all, superblock: new Map(pairs) };
}

/** The disk as it is, to look into: what is done to it changes nothing. */
export async function rawCopy(disk: Disk): Promise<Disk> {
  const directory = await makeRunDir();
  const path = join(directory, 'check.img');
  await execa('qemu-img', ['convert', '-f', disk.format, '-O', 'raw', disk.path, path], { timeout: TOOL_TIMEOUT_MS });
  return { path, format: 'raw', root: disk.root, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
}

/** What e2fsprogs calls the root of a raw disk. */
export const rootOf = (disk: Disk): string => (disk.root.offset === 0 ? disk.path : `${disk.path}?offset=${disk.root.offset}`);

/** Zero for "is a file and starts like one QEMU calls raw"; throws a sentence for a person otherwise. */
export async function requireRaw(image: string): Promise<void> {
  if (!existsSync(image)) throw new Error(`${image}: no such image`);
  await using file = await open(image);
  const { buffer } = await file.read({ buffer: Buffer.alloc(4), position: 0 });
  if (buffer.toString('latin1') === 'QFI\xfb') throw new Error(`${image} is qcow2: convert it with \`qemu-img convert -O raw\``);
}
