import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readImageHeaders } from '../../../../vm/races/script-tree.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-image-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(directory, 'root', path)), { recursive: true });
  writeFileSync(join(directory, 'root', path), text);
  chmodSync(join(directory, 'root', path), 0o755);
}
const scriptText = (name: string, start = ''): string =>
  `#!/bin/sh\n### BEGIN INIT INFO\n# Provides: ${name}\n# Required-Start: ${start}\n# Default-Start: 2\n### END INIT INFO\n`;

/** An ext4 file system that begins so many bytes into its file. */
function makeImage(offset: number): string {
  const image = join(directory, 'disk.img');
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-E', `offset=${offset}`, '-d', join(directory, 'root'), image, '4096k'], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: 'pipe',
  });
  return image;
}

describe('readImageHeaders()', () => {
  test.each([0, 1024 * 1024])('reads scripts, links, overrides and owners of a file system at byte %d', async (offset) => {
    put('etc/init.d/web', scriptText('web', 'db'));
    put('etc/init.d/db', scriptText('db'));
    put('lib/own/cache', scriptText('cache'));
    symlinkSync('../../lib/own/cache', join(directory, 'root/etc/init.d/cache'));
    put('usr/share/insserv/overrides/db', scriptText('db', '$network'));
    put('var/lib/dpkg/info/web.conffiles', '/etc/init.d/web\n');
    mkdirSync(join(directory, 'root/etc/rc2.d'));
    symlinkSync('../init.d/web', join(directory, 'root/etc/rc2.d/S20web'));
    const image = makeImage(offset);
    const before = readFileSync(image);
    const read = await readImageHeaders(image, { device: '/dev/vda1', offset });
    expect(read.scripts.map(({ name, file, header }) => [name, file, header.requiredStart])).toEqual([
      ['cache', '/etc/init.d/cache', []],
      ['db', '/etc/init.d/db', ['$network']],
      ['web', '/etc/init.d/web', ['db']],
    ]);
    expect([...read.vendor]).toEqual(['web']);
    expect(read.scripts.map(({ start }) => [...start].join(''))).toEqual(['2', '2', '2']);
    expect(readFileSync(image).equals(before)).toBe(true);
  });
  test('says where it looked when an image has no scripts', async () => {
    mkdirSync(join(directory, 'root'));
    await expect(readImageHeaders(makeImage(0), { device: '/dev/vda', offset: 0 })).rejects.toThrow('disk.img: no /etc/init.d in it');
  });
});
