/** `lifeboot fsck repair` killed with its whole process group at any moment: its record is whole or absent, and `undo` gives the bytes of before. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { undoDirectoryOf } from '../../src/fsck/ladder/undo-record.ts';
import { flip } from './damage-kinds.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
/** `KILLS=40` by hand. */
const kills = Number(process.env['KILLS'] ?? 8);
let directory = '';
let damaged = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-killed-'));
  const tree = join(directory, 'tree');
  for (let d = 0; d < 40; d += 1) {
    mkdirSync(join(tree, `d${d}`), { recursive: true });
    for (let f = 0; f < 100; f += 1) writeFileSync(join(tree, `d${d}/f${f}`), `${d} ${f}`);
  }
  damaged = join(directory, 'damaged.img');
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '1024', '-N', '20000', '-d', tree, damaged, '96M'], { stdio: 'ignore' });
  const told = execFileSync('debugfs', ['-R', 'imap <2>', damaged], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const from = Number(/located at block (\d+)/.exec(told)?.[1]) * 1024;
  flip(damaged, { seed: 5, count: 15_000, from, length: 3_000_000 });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const sha = (file: string): string => execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64);

/** Milliseconds that a whole repair takes here; kills it after so many, if told. */
async function repair(target: string, undoDirectory: string, killAfterMs?: number): Promise<number> {
  const beganMs = performance.now();
  const args = [main, 'fsck', 'repair', '--undo-dir', undoDirectory, target];
  const child = spawn(process.execPath, args, { stdio: 'ignore', detached: true });
  const exited = once(child, 'exit');
  if (killAfterMs !== undefined) {
    await Promise.race([sleep(killAfterMs), exited]);
    // e2fsck is in the same group: what a machine that loses its power, or runs out of memory, does to both.
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It had ended.
    }
  }
  await exited;
  // A program that was killed may still be on its way out, and holds the device until then.
  while (spawnSync('pgrep', ['-f', `^e2fsck .*${target}$`]).status === 0) await sleep(20);
  return performance.now() - beganMs;
}

test.each([
  ['an image', false],
  ['a device', true],
] as const)('lifeboot fsck repair of %s, killed at any moment, leaves a way back that is whole', async (_what, isDevice) => {
  const image = join(directory, 'killed.img');
  const undoDirectory = undoDirectoryOf(image, undefined);
  const before = sha(damaged);
  let wholeMs: number | undefined;
  for (let kill = 0; kill <= kills; kill += 1) {
    copyFileSync(damaged, image);
    rmSync(undoDirectory, { recursive: true, force: true });
    const target = isDevice ? execFileSync('losetup', ['-f', '--show', image], { encoding: 'utf8' }).trim() : image;
    try {
      // The first one tells how long the moments may be apart.
      const killAfterMs = wholeMs === undefined ? undefined : (wholeMs * kill) / (kills + 1);
      const tookMs = await repair(target, undoDirectory, killAfterMs);
      wholeMs ??= tookMs;
      const record = join(undoDirectory, 'undo.json');
      if (existsSync(record)) {
        expect(() => JSON.parse(readFileSync(record, 'utf8'))).not.toThrow();
        const undone = spawnSync(process.execPath, [main, 'fsck', 'undo', '--undo-dir', undoDirectory, target], { encoding: 'utf8' });
        expect({ killAfterMs, stderr: undone.stderr, status: undone.status }).toMatchObject({ status: 0 });
      }
      expect({ killAfterMs, sha: sha(target) }).toEqual({ killAfterMs, sha: before });
    } finally {
      if (isDevice) execFileSync('losetup', ['-d', target]);
    }
  }
});
