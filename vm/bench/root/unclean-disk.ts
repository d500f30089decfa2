/** A root as a power cut leaves it: its journal holds transactions that nobody has replayed yet. */
import { rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { copyDisk, type Disk, debugfs, makeRunDir, rootOf } from '../../disk.ts';
import type { RootLocation } from '../../root-location.ts';

/** What a server has in flight: a few MiB. */
const TRANSACTIONS = 8;
const BLOCKS_EACH = 64;
/** Large enough for all of them, and on every Debian. */
const FILE = '/usr/bin/perl';
const DUMP_MS = 60_000;

/** A copy of the image. The journal holds blocks of a file as they are already, so that every boot has the same root after the replay. */
export async function uncleanDisk(image: string, root: RootLocation): Promise<Disk> {
  const disk = await copyDisk(image, root);
  const directory = await makeRunDir();
  try {
    const told = await debugfs(disk, [`blocks ${FILE}`, 'stats -h']);
    const blockSize = Number(/^Block size:\s+(\d+)/m.exec(told)?.[1]);
    const blocks = (told.match(/^\d+(?: \d+)+ *$/m)?.[0] ?? '').trim().split(' ');
    const [content, part] = [join(directory, 'content'), BLOCKS_EACH * blockSize];
    const commands: string[] = [];
    for (let index = 0; index < TRANSACTIONS; index += 1) {
      const mine = blocks.slice(index * BLOCKS_EACH, (index + 1) * BLOCKS_EACH);
      if (mine.length < BLOCKS_EACH) throw new Error(`${image}: ${FILE} has only ${blocks.length} blocks`);
      await execa('debugfs', ['-R', `dump ${FILE} ${content}-${index}`, rootOf(disk)], { timeout: DUMP_MS });
      await execa('dd', [`if=${content}-${index}`, `of=${content}.${index}`, `bs=${part}`, 'count=1', `skip=${index}`]);
      await truncate(`${content}.${index}`, part);
      commands.push(`jw -b ${mine.join(',')} ${content}.${index}`);
    }
    await debugfs(disk, ['jo', ...commands, 'jc']);
    return disk;
  } catch (error) {
    await disk[Symbol.asyncDispose]();
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
