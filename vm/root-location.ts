/** Where the root file system lies in a raw image: the whole disk, or one of its partitions. */
import { open } from 'node:fs/promises';
import { execa } from 'execa';
import { type Partition, parsePartitions, TABLE_BYTES } from './partitions.ts';

export interface RootLocation {
  /** What the guest calls it: `/dev/vda` or `/dev/vda1`. */
  readonly device: string;
  /** Bytes into the image. */
  readonly offset: number;
}

/** The first ext2/3/4 file system that has an init program. Throws a sentence for a person when there is none. */
export async function findRoot(image: string): Promise<RootLocation> {
  for (const place of [{ device: '/dev/vda', offset: 0 }, ...(await partitions(image))]) {
    if ((await isExt(image, place.offset)) && (await hasFile(image, place, '/sbin/init'))) return place;
  }
  throw new Error(`${image}: found no ext4 file system with /sbin/init on it, neither on the whole disk nor in a partition`);
}

async function partitions(image: string): Promise<readonly RootLocation[]> {
  return (await readPartitions(image)).map(({ number, offset }) => ({ device: `/dev/vda${number}`, offset }));
}

/** Of a raw image; empty when there is no table. */
export async function readPartitions(image: string): Promise<readonly Partition[]> {
  await using file = await open(image);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(TABLE_BYTES), position: 0 });
  return parsePartitions(buffer.subarray(0, bytesRead));
}

/** ext4(5): the superblock begins at byte 1024, its magic number 0xEF53 at byte 56 of it. */
async function isExt(image: string, offset: number): Promise<boolean> {
  await using file = await open(image);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(2), position: offset + 1024 + 56 });
  return bytesRead === 2 && buffer.readUInt16LE() === 0xef53;
}

/** Whether the path exists in the image; symbolic links are followed. */
export async function hasFile(image: string, place: RootLocation, path: string): Promise<boolean> {
  return !/not found|No such/i.test((await readDebugfs(image, place, `stat ${path}`)).stderr);
}

/** Runs one reading debugfs command. */
export async function readDebugfs(image: string, place: RootLocation, command: string): Promise<{ stdout: string; stderr: string }> {
  const { stdout, stderr } = await execa('debugfs', ['-R', command, place.offset === 0 ? image : `${image}?offset=${place.offset}`], {
    timeout: 60_000,
  });
  return { stdout, stderr };
}
