/** Disks with a GPT: an EFI system partition, and behind it the root, as an installer would have made them. */
import { rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Disk, makeRunDir } from './disk.ts';

const TOOL_TIMEOUT_MS = 120_000;
const MIB = 1024 * 1024;
/** In front of the root: what an installer keeps for the firmware. */
const ESP_MIB = 64;
const START_MIB = 1 + ESP_MIB;
/** Of the discoverable partitions specification: an EFI system partition, the root of an amd64 machine. */
const ESP_TYPE = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';
const ROOT_TYPE = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709';

/** How the root's partition can be named on the kernel command line, and where it begins. */
export const rootPartition = {
  ...{ number: 2, uuid: '5b193300-fc78-40cd-8002-e86c45580b47', label: 'lifeboot-root', offset: START_MIB * MIB },
  device: '/dev/vda2',
} as const;

/** A raw disk whose second partition holds a copy of the image, byte for byte. */
export async function partitionedDisk(image: string): Promise<Disk> {
  const directory = await makeRunDir();
  const path = join(directory, 'disk.img');
  await emptyPartitions(path, [Math.ceil((await stat(image)).size / MIB)]);
  await execa('dd', [`if=${image}`, `of=${path}`, 'bs=1M', `seek=${START_MIB}`, 'conv=notrunc,sparse', 'status=none'], {
    timeout: TOOL_TIMEOUT_MS,
  });
  return {
    ...{ path, format: 'raw', root: rootPartition },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Makes a sparse file with the table, and nothing in the partitions: the root's, and what is behind it. */
export async function emptyPartitions(path: string, sizesMib: readonly number[]): Promise<void> {
  await writeFile(path, '');
  // The second copy of the table lies in the last MiB.
  await truncate(path, (START_MIB + sizesMib.reduce((sum, size) => sum + size, 0) + 1) * MIB);
  await execa('sfdisk', ['--quiet', path], { input: partitionTable(sizesMib), timeout: TOOL_TIMEOUT_MS });
}

/** As sfdisk(8) reads it. */
function partitionTable(sizesMib: readonly number[]): string {
  const [root, ...more] = sizesMib;
  return `label: gpt
start=1MiB, size=${ESP_MIB}MiB, type=${ESP_TYPE}, name="ESP"
size=${root}MiB, type=${ROOT_TYPE}, uuid=${rootPartition.uuid}, name="${rootPartition.label}"
${more.map((size) => `size=${size}MiB, type=${ROOT_TYPE}`).join('\n')}
`;
}
