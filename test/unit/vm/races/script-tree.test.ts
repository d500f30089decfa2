import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readImageScripts, requireSameScripts } from '../../../../vm/races/script-tree.ts';
import { makeImage, put, scriptText } from './made-image.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-image-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('readImageScripts()', () => {
  test.each([0, 1024 * 1024])('reads scripts, links, overrides and owners of a file system at byte %d', async (offset) => {
    put(directory, 'etc/init.d/web', scriptText('web', 'db'));
    put(directory, 'etc/init.d/db', scriptText('db'));
    put(directory, 'lib/own/cache', scriptText('cache'));
    symlinkSync('../../lib/own/cache', join(directory, 'root/etc/init.d/cache'));
    symlinkSync('/bin/sh', join(directory, 'root/etc/init.d/README'));
    put(directory, 'usr/share/insserv/overrides/db', scriptText('db', '$network'));
    put(directory, 'var/lib/dpkg/info/web.conffiles', '/etc/init.d/web\n');
    mkdirSync(join(directory, 'root/etc/rc2.d'));
    symlinkSync('../init.d/web', join(directory, 'root/etc/rc2.d/S20web'));
    const image = makeImage(directory, offset);
    const before = readFileSync(image);
    const { headers: read, sha256 } = await readImageScripts(image, { device: '/dev/vda1', offset });
    expect(read.scripts.map(({ name, file, header }) => [name, file, header.requiredStart])).toEqual([
      ['cache', '/etc/init.d/cache', []],
      ['db', '/etc/init.d/db', ['$network']],
      ['web', '/etc/init.d/web', ['db']],
    ]);
    expect(sha256.get('cache')).toBe(createHash('sha256').update(scriptText('cache')).digest('hex'));
    expect([sha256.has('README'), sha256.get('README')]).toEqual([true, undefined]);
    expect([...read.vendor]).toEqual(['web']);
    expect(read.scripts.map(({ start }) => [...start].join(''))).toEqual(['2', '2', '2']);
    expect(readFileSync(image).equals(before)).toBe(true);
  });
  test('says where it looked when an image has no scripts', async () => {
    mkdirSync(join(directory, 'root'));
    await expect(readImageScripts(makeImage(directory, 0), { device: '/dev/vda', offset: 0 })).rejects.toThrow(
      'disk.img: no /etc/init.d in it',
    );
  });
});

test('requireSameScripts() names those of a report that are other files in the image, or not in it', () => {
  const scripts = ['a', 'b', 'c'].map((name) => ({ name, tier: 'rc2.d/S01', sha256: name }));
  const sha256 = new Map([
    ['a', 'a'],
    ['b', 'other'],
    ['c', undefined],
  ]);
  expect(() => requireSameScripts(scripts, { sha256 }, 'races/recordings')).toThrow(
    'races/recordings: is of other scripts than the image has now: b; record this image anew',
  );
  expect(() => requireSameScripts(scripts, { sha256: new Map([...sha256, ['b', 'b']]) }, 'x')).not.toThrow();
  expect(() => requireSameScripts(scripts, { sha256: new Map([['a', 'a']]) }, 'x')).toThrow('than the image has now: b, c;');
});
