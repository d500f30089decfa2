/** Kinds of damage to an ext4 image, each named, each the same on every run: debugfs for the precise ones, seeded bit flips for the rest. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface DamageKind {
  readonly name: string;
  readonly apply: (image: string) => void;
}

const BLOCK = 1024;
const SUPERBLOCK = 1024;
const DESCRIPTORS = 2 * BLOCK;

/** The image that all kinds are damage of. */
export function makeWholeImage(directory: string): string {
  const tree = join(directory, 'tree');
  mkdirSync(join(tree, 'srv/deep/er'), { recursive: true });
  for (let n = 1; n <= 60; n += 1) writeFileSync(join(tree, `srv/file${n}`), `${n} `.repeat(n * 400));
  for (let n = 1; n <= 30; n += 1) writeFileSync(join(tree, `srv/deep/er/name-${n}`), String(n));
  symlinkSync('/srv/file1', join(tree, 'srv/link'));
  const whole = join(directory, 'whole.img');
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', String(BLOCK), '-N', '4096', '-d', tree, whole, '32M']);
  return whole;
}

function debugfs(image: string, ...commands: readonly string[]): string {
  return execFileSync('debugfs', ['-w', '-f', '-', image], {
    input: `${commands.join('\n')}\n`,
    stdio: ['pipe', 'pipe', 'ignore'],
    encoding: 'utf8',
  });
}

/** The first number that debugfs prints after the command it echoes. */
function ask(image: string, command: string): number {
  const answer = execFileSync('debugfs', ['-R', command, image], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' });
  return Number(/\d+/.exec(answer)?.[0] ?? 0);
}

/** Park-Miller: enough for choosing bits, and the same everywhere. */
export function random(seed: number): (below: number) => number {
  let state = (seed * 48_271 + 11) % 2_147_483_647;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function withFile(image: string, work: (fd: number) => void): void {
  const fd = openSync(image, 'r+');
  try {
    work(fd);
  } finally {
    closeSync(fd);
  }
}

export function flip(
  image: string,
  { seed, count, from, length }: { readonly seed: number; readonly count: number; readonly from: number; readonly length: number },
): void {
  const next = random(seed);
  withFile(image, (fd) => {
    const byte = Buffer.alloc(1);
    for (let index = 0; index < count; index += 1) {
      const at = from + next(length);
      readSync(fd, byte, 0, 1, at);
      byte[0] = (byte[0] ?? 0) ^ (1 << next(8));
      writeSync(fd, byte, 0, 1, at);
    }
  });
}

export const overwrite = (image: string, from: number, bytes: Buffer): void =>
  withFile(image, (fd) => void writeSync(fd, bytes, 0, bytes.length, from));

export function noise(length: number, seed: number): Buffer {
  const next = random(seed);
  return Buffer.from(Array.from({ length }, () => next(256)));
}

const byDebugfs = (name: string, ...commands: readonly string[]): DamageKind => ({
  name,
  apply: (image) => void debugfs(image, ...commands),
});

/** The block that holds what debugfs names: `imap <8>` gives the inode table, `bmap /file 0` its first block. */
const blockOf = (image: string, what: string): number => ask(image, what) * BLOCK;

const precise: readonly DamageKind[] = [
  byDebugfs('link count too high', 'sif /srv/file1 links_count 7'),
  byDebugfs('link count zero', 'sif /srv/file1 links_count 0'),
  byDebugfs('directory that says it is a file', 'sif /srv mode 0100644'),
  byDebugfs('file that says it is a directory', 'sif /srv/file1 mode 040755'),
  byDebugfs('inode with an impossible mode', 'sif /srv/file1 mode 0'),
  byDebugfs('root inode that is no directory', 'sif <2> mode 0100644'),
  byDebugfs('root inode cleared', 'clri <2>'),
  byDebugfs('inode cleared under its name', 'clri /srv/file2'),
  byDebugfs('directory inode cleared', 'clri /srv/deep'),
  byDebugfs('name removed, inode left', 'unlink /srv/file3'),
  byDebugfs('directory name removed', 'unlink /srv/deep'),
  byDebugfs('inode freed in the bitmap', 'freei /srv/file1'),
  byDebugfs('inode marked used in the bitmap', 'seti <900>'),
  byDebugfs('blocks marked used', 'setb 9000 40'),
  byDebugfs('blocks marked free', 'freeb 300 200'),
  byDebugfs('size beyond its blocks', 'sif /srv/file1 size 99999999'),
  byDebugfs('size of a directory zero', 'sif /srv size 0'),
  byDebugfs('block count wrong', 'sif /srv/file1 blocks 4444'),
  byDebugfs('deletion time set', 'sif /srv/file1 dtime 1'),
  byDebugfs('extent flag taken away', 'sif /srv/file1 flags 0'),
  byDebugfs('unknown inode flags', 'sif /srv/file1 flags 0xffffffff'),
  byDebugfs('extended attribute block out of range', 'sif /srv/file1 file_acl 99999999'),
  byDebugfs('free counts of the superblock', 'ssv free_blocks_count 1', 'ssv free_inodes_count 1'),
  byDebugfs('free counts of a group', 'set_bg 0 free_blocks_count 1', 'set_bg 1 free_inodes_count 1'),
  byDebugfs('used directories of a group', 'set_bg 0 used_dirs_count 999'),
  byDebugfs('superblock says errors', 'ssv state 2'),
  byDebugfs('orphan list into nowhere', 'ssv last_orphan 77777'),
  byDebugfs('first inode wrong', 'ssv first_ino 5000'),
  byDebugfs('journal inode wrong', 'ssv journal_inum 500'),
  byDebugfs('has_journal without a journal', 'clri <8>'),
  byDebugfs('resize inode cleared', 'clri <7>'),
  byDebugfs('lost+found cleared', 'clri /lost+found'),
  byDebugfs('block bitmap elsewhere', 'set_bg 1 block_bitmap 5'),
  byDebugfs('inode bitmap elsewhere', 'set_bg 1 inode_bitmap 999999'),
  byDebugfs('inode table elsewhere', 'set_bg 1 inode_table 3'),
  byDebugfs('two names for one directory', 'link /srv/deep /srv/again'),
  byDebugfs('two files in the same blocks', 'sif /srv/file1 block[3] 9001', 'sif /srv/file2 block[3] 9001'),
  byDebugfs('last mount in the future', 'ssv mtime 20991231000000'),
  { name: 'superblock zeroed', apply: (image) => overwrite(image, SUPERBLOCK, Buffer.alloc(1024)) },
  { name: 'superblock of noise', apply: (image) => overwrite(image, SUPERBLOCK, noise(1024, 1)) },
  { name: 'superblock without its magic', apply: (image) => overwrite(image, SUPERBLOCK + 0x38, Buffer.from([0, 0])) },
  { name: 'first 4 KiB of noise', apply: (image) => overwrite(image, 0, noise(4096, 2)) },
  { name: 'group descriptors zeroed', apply: (image) => overwrite(image, DESCRIPTORS, Buffer.alloc(BLOCK)) },
  { name: 'group descriptors of noise', apply: (image) => overwrite(image, DESCRIPTORS, noise(256, 3)) },
  { name: 'journal superblock of noise', apply: (image) => overwrite(image, blockOf(image, 'bmap <8> 0'), noise(1024, 4)) },
  { name: 'root directory block of noise', apply: (image) => overwrite(image, blockOf(image, 'bmap / 0'), noise(BLOCK, 5)) },
  { name: 'directory block zeroed', apply: (image) => overwrite(image, blockOf(image, 'bmap /srv 0'), Buffer.alloc(BLOCK)) },
  { name: 'directory block of noise', apply: (image) => overwrite(image, blockOf(image, 'bmap /srv/deep 0'), noise(BLOCK, 6)) },
];

/** Seeded flips over one kind of metadata. */
const places: readonly {
  readonly name: string;
  readonly from: (image: string) => number;
  readonly length: number;
  readonly counts: readonly number[];
}[] = [
  { name: 'superblock', from: () => SUPERBLOCK, length: 256, counts: [1, 6, 30] },
  { name: 'group descriptors', from: () => DESCRIPTORS, length: 192, counts: [2, 12, 60] },
  { name: 'block bitmap', from: (image) => blockOf(image, 'bmap /srv/file1 0') - BLOCK * 200, length: BLOCK * 40, counts: [20, 200] },
  { name: 'inode table', from: (image) => blockOf(image, 'imap <2>'), length: BLOCK * 60, counts: [10, 100, 600] },
  { name: 'journal', from: (image) => blockOf(image, 'bmap <8> 0'), length: 64, counts: [4, 20] },
  { name: 'directories', from: (image) => blockOf(image, 'bmap / 0'), length: BLOCK * 8, counts: [5, 60] },
  { name: 'all metadata', from: () => 0, length: BLOCK * 1200, counts: [100, 1000, 3000] },
];

const flipped: readonly DamageKind[] = places.flatMap(({ name, from, length, counts }) =>
  counts.map((count, index) => ({
    name: `${count} bits of ${name}`,
    apply: (image) => flip(image, { seed: 100 + index * 17 + name.length, count, from: Math.max(0, from(image)), length }),
  })),
);

export const damageKinds: readonly DamageKind[] = [...precise, ...flipped];
