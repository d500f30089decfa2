/** Damage of a seed's choosing: an ext2/3/4 image of some features, a few places of its metadata, flipped, zeroed or overwritten. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flip, noise, overwrite, random } from './damage-kinds.ts';

/** What an image may be made with: mke2fs(8). */
export const featureSets: Readonly<Record<string, readonly string[]>> = {
  'ext4, 1 KiB blocks': ['-t', 'ext4', '-b', '1024'],
  'ext4, 4 KiB blocks': ['-t', 'ext4', '-b', '4096', '-g', '2048'],
  'no checksums': ['-t', 'ext4', '-b', '1024', '-O', '^metadata_csum,^64bit'],
  'checksums of groups only': ['-t', 'ext4', '-b', '1024', '-O', '^metadata_csum,uninit_bg'],
  'no journal': ['-t', 'ext4', '-b', '4096', '-g', '2048', '-O', '^has_journal'],
  'no extents': ['-t', 'ext4', '-b', '1024', '-O', '^extents,^64bit'],
  bigalloc: ['-t', 'ext4', '-b', '4096', '-g', '8192', '-O', 'bigalloc', '-C', '16384'],
  inline_data: ['-t', 'ext4', '-b', '1024', '-O', 'inline_data'],
  encrypt: ['-t', 'ext4', '-b', '4096', '-g', '2048', '-O', 'encrypt,verity,stable_inodes'],
  casefold: ['-t', 'ext4', '-b', '1024', '-O', 'casefold', '-E', 'encoding=utf8'],
  quota: ['-t', 'ext4', '-b', '1024', '-O', 'quota,project', '-E', 'quotatype=usrquota:grpquota:prjquota'],
  meta_bg: ['-t', 'ext4', '-b', '1024', '-O', 'meta_bg,^resize_inode'],
  sparse_super2: ['-t', 'ext4', '-b', '1024', '-O', 'sparse_super2'],
  ea_inode: ['-t', 'ext4', '-b', '1024', '-O', 'ea_inode,large_dir,metadata_csum_seed'],
  orphan_file: ['-t', 'ext4', '-b', '1024', '-O', 'orphan_file'],
  mmp: ['-t', 'ext4', '-b', '4096', '-g', '2048', '-O', 'mmp', '-E', 'mmp_update_interval=1'],
  'no flex_bg': ['-t', 'ext4', '-b', '1024', '-O', '^flex_bg', '-g', '4096'],
  'inodes of 128 bytes': ['-t', 'ext4', '-b', '1024', '-I', '128'],
  ext3: ['-t', 'ext3', '-b', '1024'],
  ext2: ['-t', 'ext2', '-b', '1024'],
};

/** A whole image with such features, made once for each directory. */
export function makeFeatureImage(directory: string, features: string): string {
  const [tree, image] = [join(directory, 'feature-tree'), join(directory, `${features.replace(/[^a-z0-9]+/gi, '-')}.img`)];
  if (existsSync(image)) return image;
  if (!existsSync(tree)) {
    mkdirSync(join(tree, 'srv/deep/er'), { recursive: true });
    for (let n = 1; n <= 60; n += 1) writeFileSync(join(tree, `srv/file${n}`), `${n} `.repeat(n * 400));
    for (let n = 1; n <= 300; n += 1) writeFileSync(join(tree, `srv/deep/er/a-name-that-fills-the-directory-${n}`), String(n));
    symlinkSync('/srv/file1', join(tree, 'srv/link'));
    symlinkSync(`/srv/${'long/'.repeat(30)}`, join(tree, 'srv/long-link'));
  }
  execFileSync('mke2fs', ['-q', '-F', ...(featureSets[features] ?? []), '-N', '2048', '-d', tree, image, '24M'], { stdio: 'ignore' });
  return image;
}

const JOURNAL = '<8>';

interface Place {
  readonly name: string;
  readonly from: number;
  readonly length: number;
}

/** Where the metadata of a whole image lie, as dumpe2fs and debugfs tell. */
export function findPlaces(image: string): readonly Place[] {
  const text = execFileSync('dumpe2fs', [image], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' });
  const block = Number(/^Block size:\s+(\d+)/m.exec(text)?.[1] ?? 1024);
  const at = (name: string, first: number, blocks = 1): Place => ({ name, from: first * block, length: blocks * block });
  const ranges = [...text.matchAll(/(Group descriptors|Block bitmap|Inode bitmap|Inode table) at (\d+)(?:-(\d+))?/g)].map(
    ([, name = '', first = '0', last = first]) => at(name, Number(first), Number(last) - Number(first) + 1),
  );
  const files = ['/', '/srv', '/srv/deep/er', '/srv/file60', '/srv/long-link', JOURNAL, '<7>', '/lost+found', '<3>', '<4>', '<12>'];
  const blocks = files.flatMap((file) => {
    const told = execFileSync('debugfs', ['-R', `blocks ${file}`, image], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' });
    return (told.match(/\b\d+\b/g) ?? []).slice(0, 12).map((number) => at(file, Number(number)));
  });
  return [
    { name: 'superblock', from: 1024, length: 1024 },
    { name: 'first inodes', from: ranges.find(({ name }) => name === 'Inode table')?.from ?? 0, length: 16 * 256 },
    ...ranges,
    ...blocks,
  ];
}

/** Transactions that wait for their replay, and write the blocks they are about: bytes of the image's own beginning. */
function fillJournal(image: string, block: number): void {
  const blocks = Array.from({ length: 8 }, (_, index) => block + index).join(',');
  const input = `jo\njw -b ${blocks} ${image}\njw -b ${block + 1} ${image}\njc\n`;
  execFileSync('debugfs', ['-w', '-f', '-', image], { input, stdio: ['pipe', 'ignore', 'ignore'] });
}

/** Damages the image as the seed says; tells what was done. */
export function damageByChance(image: string, places: readonly Place[], seed: number): string {
  const next = random(seed);
  next(2);
  const done: string[] = [];
  if (next(4) === 0 && places.some(({ name }) => name === JOURNAL)) {
    fillJournal(image, 200 + next(2000));
    done.push('journal to replay');
  }
  const times = 1 + next(4);
  for (let time = 0; time < times; time += 1) {
    // By name first: a filesystem has more inode tables than superblocks.
    const names = [...new Set(places.map(({ name }) => name))];
    const name = names[next(names.length)];
    const alike = places.filter((place) => place.name === name);
    const place = alike[next(alike.length)];
    if (place === undefined) continue;
    const kind = next(10);
    if (kind === 0) overwrite(image, place.from, Buffer.alloc(Math.min(place.length, 4096)));
    else if (kind === 1) overwrite(image, place.from, noise(Math.min(place.length, 4096), next(1_000_000)));
    else if (kind === 2) overwrite(image, place.from + next(place.length), noise(1 + next(64), next(1_000_000)));
    else flip(image, { seed: next(1_000_000), count: 1 << next(9), from: place.from, length: place.length });
    done.push(`${place.name} ${kind === 0 ? 'zeroed' : kind < 3 ? 'of noise' : 'flipped'}`);
  }
  return done.join(', ');
}
