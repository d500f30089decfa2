import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { formatRootTables } from '../../../vm/bench/root/format-root.ts';
import { initrdSize } from '../../../vm/bench/root/initrd-size.ts';
import { pid1Seconds, type RootSample, writableSeconds } from '../../../vm/bench/root/measure-root.ts';
import { type Way, ways } from '../../../vm/bench/root/ways.ts';

const lines = (...texts: readonly string[]) => texts.map((text) => ({ text, atMs: 0 }));
const ours = lines(
  '[    2.225235] Run /init as init process',
  '[    3.146598] EXT4-fs (vda): mounted filesystem with ordered data mode. Quota mode: none.',
  '[   13.113282] EXT4-fs (vda): unmounting filesystem.',
  '[   14.317368] EXT4-fs (vda): mounted filesystem with ordered data mode. Quota mode: none.',
  '[   14.478910] EXT4-fs (vda): re-mounted. Quota mode: none.',
);

test('writableSeconds() counts the last mount before lifeboot says that the root is mounted, and no later one', () => {
  expect(writableSeconds(ours, true)).toBeUndefined();
  const told = lines('lifeboot 14.57 phase mount-root: done (/dev/vda on /sysroot)', '[   20.000000] EXT4-fs (vdb): mounted filesystem');
  expect(writableSeconds([...ours, ...told], true)).toBe(14.47891);
});

test('writableSeconds() counts the first remount of a peer by its init, not one by its initramfs', () => {
  const peer = lines(
    '[    5.100000] EXT4-fs (vda): mounted filesystem with ordered data mode.',
    '[    5.200000] EXT4-fs (vda): re-mounted. Quota mode: none.',
    'INIT: version 3.06 booting',
    '[    9.500000] EXT4-fs (vda): re-mounted. Quota mode: none.',
  );
  expect(writableSeconds(peer.slice(0, 3), false)).toBeUndefined();
  expect(writableSeconds(peer, false)).toBe(9.5);
  expect(pid1Seconds(ours)).toBe(2.225235);
  expect(pid1Seconds(peer)).toBeUndefined();
});

test('initrdSize() sees through microcode before the packed archive', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboot-initrd-size-'));
  try {
    writeFileSync(join(directory, 'a'), 'x'.repeat(1000));
    const cpio = execFileSync('cpio', ['--quiet', '-o', '-H', 'newc'], { cwd: directory, input: 'a\n' });
    const file = join(directory, 'initrd');
    const packed = gzipSync(cpio);
    writeFileSync(file, Buffer.concat([cpio, packed]));
    expect(await initrdSize(file)).toEqual({ bytes: cpio.length + packed.length, unpackedBytes: 2 * cpio.length });
    writeFileSync(file, cpio);
    expect(await initrdSize(file)).toEqual({ bytes: cpio.length, unpackedBytes: cpio.length });
    writeFileSync(file, 'BZh9');
    await expect(initrdSize(file)).rejects.toThrow(/neither zstd, gzip nor xz/);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('ways name peers that are there', () => {
  const titles = new Set(ways.map(({ title }) => title));
  expect(ways.flatMap(({ peers }) => peers).every((title) => titles.has(title))).toBe(true);
});

test('formatRootTables() prints medians, and the ratio of ours to each peer', () => {
  const sample = ({ title }: Way, fromPid1: number, foreignCores = 0): RootSample => ({
    title,
    state: 'clean',
    fromPid1,
    fromKernel: fromPid1 + 2,
    foreignCores,
  });
  const [root, , , most] = ways;
  if (root === undefined || most === undefined) throw new Error('there are ways');
  const samples = [sample(root, 6), sample(root, 50, 1), sample(most, 4), sample(most, 6)];
  const sizes = new Map([[root.title, { bytes: 1048576, unpackedBytes: 4194304 }]]);
  const text = formatRootTables({ samples, sizes, memory: new Map(), failures: [] });
  expect(text).toMatch(/^lifeboot, root mode +6\.0 s +8\.0 s +1\.0 MiB +4\.0 MiB$/m);
  expect(text).toMatch(/^initramfs-tools, most +5\.0 s \(4\.0-6\.0\) +7\.0 s \(6\.0-8\.0\) .*nothing$/m);
  expect(text).toMatch(/^lifeboot, root mode : initramfs-tools, most +1\.20x +1\.14x$/m);
});
