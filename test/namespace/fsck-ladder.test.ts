/** The off-line ladder on a corpus of damage: what it calls repaired is clean for e2fsck, and what it did can be taken back to the byte. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { climbRepairLadder, type LadderOptions, type Policy } from '../../src/fsck/ladder/repair-ladder.ts';
import { undoDirectoryOf } from '../../src/fsck/ladder/undo-record.ts';
import { undoRepair } from '../../src/fsck/ladder/undo-repair.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { damageKinds, makeWholeImage } from './damage-kinds.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
let directory = '';
let whole = '';
const sys = createLinuxSys({ consolePath: '/dev/null' });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-ladder-'));
  whole = makeWholeImage(directory);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const sha = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
const e2fsckSays = (image: string): number | null => spawnSync('e2fsck', ['-fn', image], { stdio: 'ignore' }).status;

function damaged(apply: (image: string) => void): string {
  const image = join(directory, 'damaged.img');
  rmSync(undoDirectoryOf(image, undefined), { recursive: true, force: true });
  copyFileSync(whole, image);
  apply(image);
  return image;
}

const climb = (device: string, policy: Policy, more: Partial<LadderOptions> = {}) =>
  climbRepairLadder(sys, {
    device,
    policy,
    full: true,
    undoPreen: true,
    undoDirectory: undoDirectoryOf(device, undefined),
    silenceMs: 60_000,
    ...more,
  });

test('damageKinds are more than sixty, each with a name of its own', () => {
  expect(new Set(damageKinds.map(({ name }) => name)).size).toBe(damageKinds.length);
  expect(damageKinds.length).toBeGreaterThan(60);
});

describe('climbRepairLadder() leaves a clean filesystem or says that it is held, and undoRepair() gives the bytes of before, after', () => {
  test.each(damageKinds)('$name', async ({ apply }) => {
    const image = damaged(apply);
    const before = sha(image);
    const result = await climb(image, 'undo-yes');
    if (result.outcome !== 'held') expect({ result, e2fsck: e2fsckSays(image) }).toMatchObject({ e2fsck: 0 });
    if (result.undoDirectory !== undefined) expect(await undoRepair(sys, result.undoDirectory)).toMatchObject({ outcome: 'restored' });
    expect(sha(image)).toBe(before);
  });
});

test('climbRepairLadder() writes not a byte under the policy hold', async () => {
  const image = damaged(damageKinds[0]?.apply ?? (() => undefined));
  const before = sha(image);
  expect(await climb(image, 'hold')).toMatchObject({ outcome: 'held', findings: { byKind: { 'link count': 1 } } });
  expect([sha(image), existsSync(undoDirectoryOf(image, undefined))]).toEqual([before, false]);
});

test('climbRepairLadder() holds under preen where something would be lost, and names it with its path', async () => {
  const image = damaged((file) => void execFileSync('debugfs', ['-w', '-R', 'sif /srv/file2 mode 0', file], { stdio: 'ignore' }));
  const result = await climb(image, 'preen');
  expect(result).toMatchObject({ outcome: 'held', reason: expect.stringMatching(/exit 4.*finding/) });
  expect(result.findings.shown.map(({ path }) => path)).toContain('/srv/file2');
});

test('climbRepairLadder() repairs nothing when there is no room for an undo file', async () => {
  const image = damaged((file) => void execFileSync('debugfs', ['-w', '-R', 'sif /srv/file2 mode 0', file], { stdio: 'ignore' }));
  const small = join(directory, 'small');
  mkdirSync(small, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small]);
  try {
    const before = sha(image);
    const result = await climb(image, 'undo-yes', { undoDirectory: join(small, 'undo'), undoPreen: false });
    expect(result).toMatchObject({
      outcome: 'held',
      cause: 'no undo',
      reason: expect.stringMatching(/no room for an undo file.*8 MiB are free/),
    });
    expect(e2fsckSays(image)).not.toBe(0);
    expect(sha(image).length).toBe(before.length);
  } finally {
    execFileSync('umount', [small]);
  }
});

test('undoRepair() refuses a filesystem that was changed since, and takes it back when forced', async () => {
  const image = damaged(damageKinds[0]?.apply ?? (() => undefined));
  const { undoDirectory = '' } = await climb(image, 'undo-yes');
  execFileSync('debugfs', ['-w', '-R', 'ssv mnt_count 9', image], { stdio: 'ignore' });
  expect(await undoRepair(sys, undoDirectory)).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('mounted or changed since'),
  });
});

describe('lifeboot fsck', () => {
  const lifeboot = (...args: readonly string[]) => spawnSync(process.execPath, [main, 'fsck', ...args], { encoding: 'utf8' });

  test('exits 0 for clean, 1 for repaired, 4 for held, 8 for what it could not do', () => {
    const image = damaged(damageKinds[0]?.apply ?? (() => undefined));
    expect(lifeboot('check', whole).status).toBe(0);
    expect(lifeboot('check', image).status).toBe(4);
    expect(lifeboot('repair', image).status).toBe(1);
    expect(lifeboot('undo', image).status).toBe(0);
    expect(lifeboot('repair', '--policy', 'hold', image).status).toBe(4);
    expect(lifeboot('check', join(directory, 'no-such')).status).toBe(8);
    writeFileSync(join(directory, 'empty'), '');
    expect(lifeboot('repair', join(directory, 'empty'))).toMatchObject({
      status: 8,
      stderr: expect.stringContaining('no filesystem that is known'),
    });
    expect(lifeboot('mend', image).status).toBe(2);
  });

  test('answers in JSON what was found, what was run and where the way back is', () => {
    const image = damaged(damageKinds[0]?.apply ?? (() => undefined));
    const said = JSON.parse(lifeboot('repair', '--json', image).stdout);
    expect(said).toMatchObject({
      target: image,
      type: 'ext4',
      exitStatus: 1,
      outcome: 'repaired',
      undoDirectory: `${image}.undo`,
      undoTrusted: true,
    });
    expect(JSON.parse(lifeboot('undo', '--json', image).stdout)).toMatchObject({
      outcome: 'restored',
      proof: expect.stringContaining('SHA-256'),
    });
    expect(existsSync(`${image}.undo`)).toBe(false);
  });

  test('takes a link to an image for the image, and refuses a name e2fsprogs would misread', () => {
    const image = damaged(damageKinds[0]?.apply ?? (() => undefined));
    const [before, link, odd] = [sha(image), join(directory, 'link.img'), join(directory, 'odd?offset=1.img')];
    rmSync(link, { force: true });
    symlinkSync(image, link);
    expect(lifeboot('repair', link).status).toBe(1);
    expect(existsSync(`${image}.undo`)).toBe(true);
    expect(lifeboot('undo', link)).toMatchObject({ status: 0, stdout: expect.stringContaining('SHA-256') });
    expect(sha(image)).toBe(before);
    copyFileSync(image, odd);
    expect(lifeboot('repair', odd)).toMatchObject({ status: 8, stderr: expect.stringContaining('takes what follows a ? for options') });
  });

  test('is held by a device that cannot be written, and undo has nothing to write there', () => {
    const image = damaged(damageKinds[0]?.apply ?? (() => undefined));
    const [before, undo] = [sha(image), join(directory, 'read-only.undo')];
    const device = execFileSync('losetup', ['-r', '-f', '--show', image], { encoding: 'utf8' }).trim();
    try {
      expect(lifeboot('repair', '--undo-dir', undo, device).status).toBe(4);
      expect(lifeboot('undo', '--undo-dir', undo, device)).toMatchObject({ stderr: '', status: 0 });
    } finally {
      execFileSync('losetup', ['-d', device]);
    }
    expect([sha(image), existsSync(undo)]).toEqual([before, false]);
  });

  test('never touches an image that is mounted', () => {
    const [image, point] = [damaged(() => undefined), join(directory, 'mounted')];
    mkdirSync(point, { recursive: true });
    execFileSync('mount', ['-o', 'loop', image, point]);
    try {
      expect(lifeboot('repair', image)).toMatchObject({ status: 8, stderr: expect.stringContaining(`is mounted on ${point}`) });
    } finally {
      execFileSync('umount', [point]);
    }
  });
});
