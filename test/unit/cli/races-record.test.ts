import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { record } from '../../../src/cli/races/record.ts';

let root: string;
let told: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lifeboot-record-'));
  told = '';
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      told += String(text);
      return true;
    });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

test('record() arms an unpacked image, and takes it back', async () => {
  mkdirSync(join(root, 'etc'));
  expect(await record(['--root', `${root}/`])).toBe(0);
  expect(existsSync(join(root, 'etc/lifeboot/record-races'))).toBe(true);
  expect(await record(['--root', root, '--cancel'])).toBe(0);
  expect(existsSync(join(root, 'etc/lifeboot/record-races'))).toBe(false);
  expect(await record(['--root', root, '--cancel'])).toBe(1);
});

test('record() makes nothing where no image is, and says so', async () => {
  const typo = join(root, 'imgae');
  expect(await record(['--root', typo])).toBe(2);
  expect(existsSync(typo)).toBe(false);
  expect(told).toBe(`lifeboot: --root ${typo}: there is no unpacked image, ${typo}/etc is missing\n`);
});
