import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requireKey } from '../../../../vm/client-key.ts';
import { readTrace, seriesKey } from '../../../../vm/races/record-boots.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-record-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('readTrace() names a recording that was cut short, and the way out', async () => {
  const file = join(directory, 'boot-1.trace.gz');
  writeFileSync(file, gzipSync('x'.repeat(1000)).subarray(0, 20));
  await expect(readTrace(file)).rejects.toThrow(/boot-1\.trace\.gz: is no whole gzip file \(.*\): remove it, and it is recorded again/);
});
test('seriesKey() is one for all boots of a directory, for its owner alone, and never half of one or words for a shell', async () => {
  const file = join(directory, 'contents.key');
  const key = await seriesKey(directory);
  expect(key).toMatch(/^[0-9a-f]{64}$/);
  expect(await seriesKey(directory)).toBe(key);
  for (const spoiled of [key.slice(0, 20), '$(reboot)', '']) {
    writeFileSync(file, spoiled, { mode: 0o644 });
    const fresh = await seriesKey(directory);
    expect(fresh).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    rmSync(file);
  }
});
test('requireKey() takes a private key without a pass phrase, and says why not another file', async () => {
  const file = join(directory, 'key');
  const make = (name: string, phrase: string) =>
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', phrase, '-f', join(directory, name)], { stdio: 'pipe' });
  make('key', '');
  make('locked', 'secret');
  await requireKey(file);
  await expect(requireKey(join(directory, 'none'))).rejects.toThrow('none: no such file');
  await expect(requireKey(`${file}.pub`)).rejects.toThrow('is no private key that ssh can use without a pass phrase');
  await expect(requireKey(join(directory, 'locked'))).rejects.toThrow('incorrect passphrase');
});
