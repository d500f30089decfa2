/** The checkers of xfs, btrfs, FAT and f2fs on real filesystems: clean, damaged, and with a log that was not replayed. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkOther } from '../../src/fsck/check-other.ts';
import type { Policy } from '../../src/fsck/ladder/repair-ladder.ts';
import { restoreWholeCopy } from '../../src/fsck/ladder/undo-copy.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const sys = createLinuxSys({ consolePath: '/dev/null' });
const makers: Readonly<Record<string, { readonly argv: readonly string[]; readonly mib: number }>> = {
  xfs: { argv: ['mkfs.xfs', '-q'], mib: 320 },
  btrfs: { argv: ['mkfs.btrfs', '-q'], mib: 128 },
  vfat: { argv: ['mkfs.vfat'], mib: 40 },
  f2fs: { argv: ['mkfs.f2fs', '-q'], mib: 64 },
};
const types = Object.keys(makers);
const kept = process.env['PATH'];
let directory = '';

beforeAll(() => {
  process.env['PATH'] = `${kept}:/usr/sbin:/sbin`;
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-other-'));
  for (const [type, { argv, mib }] of Object.entries(makers)) {
    writeFileSync(whole(type), '');
    truncateSync(whole(type), mib * 1024 * 1024);
    execFileSync(argv[0] ?? '', [...argv.slice(1), whole(type)], { stdio: 'ignore' });
  }
});
afterAll(() => {
  process.env['PATH'] = kept;
  rmSync(directory, { recursive: true, force: true });
});

const whole = (type: string): string => join(directory, `${type}.whole`);
const undo = (): string => join(directory, 'undo');
const sha = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

function fresh(type: string, damage?: (image: string) => void): string {
  const image = join(directory, 'image');
  rmSync(undo(), { recursive: true, force: true });
  copyFileSync(whole(type), image);
  damage?.(image);
  return image;
}

function put(image: string, at: number, bytes: Uint8Array): void {
  const file = openSync(image, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

const damages: Readonly<Record<string, (image: string) => void>> = {
  xfs: (image) => execFileSync('xfs_db', ['-x', '-c', 'agi 0', '-c', 'write -d magicnum 0', image], { stdio: 'ignore' }),
  btrfs: (image) => {
    const tree = execFileSync('btrfs', ['inspect-internal', 'dump-super', image], { encoding: 'utf8' });
    const logical = /^root\s+(\d+)/m.exec(tree)?.[1] ?? '';
    const copies = execFileSync('btrfs-map-logical', ['-l', logical, image], { encoding: 'utf8' });
    for (const [, at] of copies.matchAll(/physical (\d+)/g)) put(image, Number(at) + 200, Buffer.alloc(2000, 0xa5));
  },
  // A cluster that points out of the table, in the first copy of it.
  vfat: (image) => put(image, readFileSync(image).readUInt16LE(14) * 512 + 12, Uint8Array.of(0xaa, 0xbb)),
  // A root directory with 77 links: the first node block of the main area.
  f2fs: (image) => put(image, readFileSync(image).readUInt32LE(1024 + 92) * 4096 + 12, Uint8Array.of(77, 0, 0, 0)),
};

const check = (type: string, device: string, policy: Policy, full = true) =>
  checkOther(sys, { device, type, policy, full, undoPreen: true, undoDirectory: undo(), silenceMs: 60_000 });

function cli(...words: readonly string[]) {
  const ran = spawnSync(process.execPath, [main, 'fsck', ...words], { encoding: 'utf8' });
  return { code: ran.status, said: `${ran.stdout}${ran.stderr}` };
}

describe.each(types)('checkOther() of %s', (type) => {
  test('finds a clean one clean, and changes not a byte under hold', async () => {
    const image = fresh(type);
    const before = sha(image);
    expect(await check(type, image, 'hold')).toMatchObject({ outcome: 'clean' });
    expect(sha(image)).toBe(before);
  });

  test('holds a damaged one under hold with its words and advice, and changes not a byte', async () => {
    const image = fresh(type, damages[type]);
    const before = sha(image);
    const result = await check(type, image, 'hold');
    expect(result).toMatchObject({ outcome: 'held' });
    expect(result.evidence.length).toBeGreaterThan(0);
    expect(result.advice.length).toBeGreaterThan(0);
    expect(sha(image)).toBe(before);
  });

  test('repairs a damaged one under undo-yes if its maker would, and gives the bytes of before back', async () => {
    const image = fresh(type, damages[type]);
    const before = sha(image);
    const result = await check(type, image, 'undo-yes');
    expect({ result, outcome: result.outcome }).toMatchObject({ outcome: type === 'btrfs' ? 'held' : 'repaired' });
    if (type === 'btrfs') return expect(sha(image)).toBe(before);
    expect(await check(type, image, 'hold')).toMatchObject({ outcome: 'clean' });
    expect(await restoreWholeCopy(sys, undo())).toMatchObject({ outcome: 'restored' });
    expect(sha(image)).toBe(before);
  });
});

test('checkOther() leaves btrfs to its mount at boot, and xfs once a mount went well', async () => {
  expect(await check('btrfs', whole('btrfs'), 'preen', false)).toMatchObject({ outcome: 'unchecked', rungs: [] });
  expect(await check('xfs', fresh('xfs'), 'preen', false)).toMatchObject({ outcome: 'unchecked', rungs: ['mount: went well'] });
  expect(await check('xfs', whole('xfs'), 'hold', false)).toMatchObject({ outcome: 'unchecked', rungs: [] });
});

test('checkOther() looks at an xfs at boot whose mount is refused, and repairs it by policy alone', async () => {
  const image = fresh('xfs', damages['xfs']);
  const before = sha(image);
  const held = await check('xfs', image, 'preen', false);
  expect(held).toMatchObject({ outcome: 'held' });
  expect(held.reason).toMatch(/^xfs_repair -n of .*: errors are left \(exit 1\)/);
  expect(held.evidence[0]).toMatch(/Structure needs cleaning|wrong fs type/);
  expect(sha(image)).toBe(before);
  const repaired = await check('xfs', image, 'undo-yes', false);
  expect(repaired).toMatchObject({ outcome: 'repaired', reason: `errors corrected, undo in ${undo()}` });
  expect(await check('xfs', image, 'preen', false)).toMatchObject({ outcome: 'unchecked' });
});

test('checkOther() holds an xfs that is to be repaired where there is no room for a copy, and says what else can be done', async () => {
  const image = fresh('xfs', damages['xfs']);
  const small = join(directory, 'small');
  mkdirSync(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
  try {
    const options = { device: image, type: 'xfs', policy: 'undo-yes', full: false, undoPreen: false, silenceMs: 60_000 } as const;
    const held = await checkOther(sys, { ...options, undoDirectory: join(small, 'undo') });
    expect(held).toMatchObject({ outcome: 'held', cause: 'no undo' });
    expect(held.reason).toMatch(/^no room for a copy in .*: \d+ MiB are free, 320 MiB are needed, and nothing is repaired without one$/);
    const commands = held.advice.map(({ command }) => command);
    expect(commands).toContain(`lifeboot fsck repair ${image} --undo-dir DIR`);
    expect(commands).toContain(`xfs_repair ${image}`);
  } finally {
    execFileSync('umount', [small]);
  }
});

test('checkOther() replays the log of an xfs that was not unmounted by a mount, and holds under hold', async () => {
  const image = fresh('xfs', (file) => {
    const at = join(directory, 'mnt');
    mkdirSync(at, { recursive: true });
    execFileSync('mount', ['-o', 'loop', file, at]);
    try {
      for (let n = 0; n < 50; n += 1) writeFileSync(join(at, `file${n}`), String(n));
      execFileSync('xfs_io', ['-x', '-c', 'shutdown -f', at]);
    } finally {
      execFileSync('umount', [at]);
    }
  });
  const before = sha(image);
  const held = await check('xfs', image, 'hold');
  expect(held).toMatchObject({ outcome: 'held' });
  expect(held.reason).toMatch(/log .* not replayed/);
  expect(sha(image)).toBe(before);
  const replayed = await check('xfs', image, 'preen');
  expect(replayed).toMatchObject({ outcome: 'repaired' });
  expect(replayed.rungs.join('\n')).toMatch(/replay: log replayed by a mount/);
  expect(await restoreWholeCopy(sys, undo())).toMatchObject({ outcome: 'restored' });
  expect(sha(image)).toBe(before);
});

test('checkOther() says which package a missing checker is in', async () => {
  const blind = {
    ...sys,
    run: (argv: readonly string[], options: Parameters<typeof sys.run>[1]) =>
      sys.run(argv[0] === 'fsck.fat' ? ['/nowhere/fsck.fat'] : argv, options),
  };
  const result = await checkOther(blind, {
    device: whole('vfat'),
    type: 'vfat',
    policy: 'preen',
    full: false,
    undoPreen: false,
    undoDirectory: undo(),
    silenceMs: 1000,
  });
  expect(result).toMatchObject({ outcome: 'unchecked', missing: { program: 'fsck.fat', packageName: 'dosfstools' } });
});

test('restoreWholeCopy() refuses a filesystem that was changed since', async () => {
  const image = fresh('vfat', damages['vfat']);
  expect(await check('vfat', image, 'undo-yes')).toMatchObject({ outcome: 'repaired' });
  put(image, 20_000_000, Uint8Array.of(1, 2, 3));
  expect(await restoreWholeCopy(sys, undo())).toMatchObject({ outcome: 'failed' });
  expect(await restoreWholeCopy(sys, undo(), { force: true })).toMatchObject({ outcome: 'restored' });
});

test('lifeboot fsck checks, repairs and takes back a FAT image with the exit status of the ladder', () => {
  const image = fresh('vfat', damages['vfat']);
  const before = sha(image);
  expect(cli('check', image)).toMatchObject({ code: 4 });
  expect(cli('repair', image)).toMatchObject({ code: 1 });
  expect(cli('check', image)).toMatchObject({ code: 0 });
  expect(cli('undo', image)).toMatchObject({ code: 0 });
  expect(sha(image)).toBe(before);
  rmSync(`${image}.undo`, { recursive: true, force: true });
});
