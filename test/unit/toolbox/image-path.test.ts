import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveInImage } from '../../../src/toolbox/image-path.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lifeboot-image-'));
  mkdirSync(join(root, 'usr/sbin'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test.each(['usr/sbin', '/usr/sbin', '../../usr/sbin', '/../usr/./sbin'])(
  'resolveInImage() keeps a link to %s inside the image',
  async (target) => {
    symlinkSync(target, join(root, 'sbin'));
    expect(await resolveInImage(root, '/sbin/lifeboot')).toBe(join(root, 'usr/sbin/lifeboot'));
  },
);

test('resolveInImage() does not follow the last part: it will be replaced, not written through', async () => {
  symlinkSync('/etc/passwd', join(root, 'usr/sbin/lifeboot'));
  expect(await resolveInImage(root, '/usr/sbin/lifeboot')).toBe(join(root, 'usr/sbin/lifeboot'));
});

test('resolveInImage() names a path whose parts do not exist yet', async () => {
  expect(await resolveInImage(root, '/usr/lib/lifeboot')).toBe(join(root, 'usr/lib/lifeboot'));
});

test('resolveInImage() refuses a link loop', async () => {
  symlinkSync('b', join(root, 'a'));
  symlinkSync('a', join(root, 'b'));
  await expect(resolveInImage(root, '/a/x')).rejects.toThrow('too many symbolic links');
});
