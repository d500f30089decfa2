/** Disks whose root is not ext4: the image's files on xfs or on a btrfs of two devices, behind a GPT. The host's kernel fills them, so it takes root. */
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { hashInputs, makeCacheDir, prune, touch } from './cache.ts';
import { emptyPartitions, rootPartition } from './partitioned-disk.ts';
import { readPartitions } from './root-location.ts';

export type OtherType = 'xfs' | 'btrfs';

const TOOL_TIMEOUT_MS = 300_000;
const SIZE_MIB = 1500;
const KEPT = 2;

/** Partitions that the file system is on, and what its own line of fstab says. */
const recipes: Readonly<Record<OtherType, { readonly partitions: number; readonly fstab: string }>> = {
  xfs: { partitions: 1, fstab: 'LABEL=root / xfs noatime 0 1\n' },
  // Everything twice, and the root a subvolume, as installers make it.
  btrfs: { partitions: 2, fstab: 'LABEL=root / btrfs noatime,subvol=@ 0 0\n' },
};

/** Path of a raw disk with the files of the ext4 image; made unless one of the same image is in the cache. Never written. */
export async function otherRoot(type: OtherType, image: string): Promise<string> {
  if (process.getuid?.() !== 0) throw new Error(`a root on ${type} is filled by a mount on this host: run it as root`);
  const cache = await makeCacheDir('other-roots');
  const facts = await stat(image);
  const words = [image, `${facts.size} ${facts.mtimeMs}`];
  const path = join(cache, `${type}-${await hashInputs({ files: [import.meta.filename], words })}.img`);
  if (existsSync(path)) {
    await touch(path);
    return path;
  }
  const unfinished = `${path}.${process.pid}`;
  try {
    await emptyPartitions(unfinished, Array(recipes[type].partitions).fill(SIZE_MIB));
    await withLoops(unfinished, (devices) => fill(type, devices, image));
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  await prune(cache, `${type}-`, KEPT);
  return path;
}

/** Runs the work with the root's partition, and those behind it, as loop devices. A kernel need not read the table itself. */
export async function withLoops<T>(file: string, work: (devices: readonly string[]) => Promise<T>): Promise<T> {
  const devices: string[] = [];
  try {
    for (const { number, offset, bytes } of await readPartitions(file))
      if (number >= rootPartition.number)
        devices.push(await run('losetup', ['--find', '--show', '--offset', `${offset}`, '--sizelimit', `${bytes}`, file]));
    return await work(devices);
  } finally {
    for (const device of devices) await run('losetup', ['--detach', device]);
  }
}

async function fill(type: OtherType, devices: readonly string[], image: string): Promise<void> {
  const { fstab } = recipes[type];
  await make[type](devices);
  const work = await mkdtemp(`${image}.mounts-`);
  const [from, to] = [join(work, 'from'), join(work, 'to')];
  const mounted: string[] = [];
  const mount = async (words: readonly string[], at: string): Promise<void> => {
    await run('mkdir', [at]);
    await run('mount', [...words, at]);
    mounted.push(at);
  };
  try {
    await mount(['-o', 'ro,loop', image], from);
    await mount(
      ['-t', type, ...(devices.length > 1 ? ['-o', devices.map((device) => `device=${device}`).join(',')] : []), devices[0] ?? ''],
      to,
    );
    const root = type === 'btrfs' ? join(to, '@') : to;
    if (type === 'btrfs') await run('btrfs', ['subvolume', 'create', root]);
    await run('cp', ['-a', `${from}/.`, `${root}/`]);
    await writeFile(join(root, 'etc/fstab'), fstab);
  } finally {
    for (const at of mounted.toReversed()) await run('umount', [at]);
    await rm(work, { recursive: true });
  }
}

const make: Readonly<Record<OtherType, (devices: readonly string[]) => Promise<unknown>>> = {
  xfs: (devices) => run('mkfs.xfs', ['-q', '-f', '-L', 'root', ...devices]),
  btrfs: (devices) => run('mkfs.btrfs', ['-q', '-f', '-m', 'raid1', '-d', 'raid1', '-L', 'root', ...devices]),
};

async function run(program: string, words: readonly string[]): Promise<string> {
  const path = { env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } };
  return (await execa(program, words, { timeout: TOOL_TIMEOUT_MS, ...path })).stdout.trim();
}
