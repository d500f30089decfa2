/** The way back on a device: what the ladder did to it can be taken back to the byte, with a copy of before and without room for one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { climbRepairLadder } from '../../src/fsck/ladder/repair-ladder.ts';
import { undoRepair } from '../../src/fsck/ladder/undo-repair.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { damageKinds, makeWholeImage } from './damage-kinds.ts';
import { damageByChance, featureSets, findPlaces, makeFeatureImage } from './random-damage.ts';

/** `RANDOM_DAMAGE=100+200`: by hand, 200 seeds from 100 on. */
const [firstSeed = 0, seeds = 20] = (process.env['RANDOM_DAMAGE'] ?? '0+20').split('+').map(Number);
/** Room for undo files, not for a copy. */
const SMALL = 'size=40m';
const sys = createLinuxSys({ consolePath: '/dev/null' });
let directory = '';
let whole = '';
let small = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboot-device-'));
  whole = makeWholeImage(directory);
  small = join(directory, 'small');
  mkdirSync(small);
  execFileSync('mount', ['-t', 'tmpfs', '-o', SMALL, 'tmpfs', small]);
});
afterAll(() => {
  execFileSync('umount', [small]);
  rmSync(directory, { recursive: true, force: true });
});

const sha = (file: string): string => execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64);

/** A loop device over a damaged image, gone with its image. */
function damagedDevice(from: string, damage: (image: string) => void): { readonly device: string } & Disposable {
  const image = join(directory, 'damaged.img');
  copyFileSync(from, image);
  damage(image);
  const device = execFileSync('losetup', ['-f', '--show', image], { encoding: 'utf8' }).trim();
  return {
    device,
    [Symbol.dispose]() {
      execFileSync('losetup', ['-d', device]);
      rmSync(image);
    },
  };
}

async function repairAndUndo(device: string, undoDirectory: string) {
  rmSync(undoDirectory, { recursive: true, force: true });
  const before = sha(device);
  const result = await climbRepairLadder(sys, {
    device,
    policy: 'undo-yes',
    full: true,
    undoPreen: true,
    undoDirectory,
    silenceMs: 60_000,
  });
  const check = spawnSync('e2fsck', ['-fn', device], { stdio: 'ignore' }).status;
  const undone = result.undoDirectory === undefined ? undefined : await undoRepair(sys, undoDirectory);
  return { result, check, undone, isAsBefore: sha(device) === before };
}

const roomy = () => join(directory, 'undo');
const tight = () => join(small, 'undo');

function expectWayBack({ result, check, undone, isAsBefore }: Awaited<ReturnType<typeof repairAndUndo>>): void {
  if (result.outcome !== 'held') expect({ result, check }).toMatchObject({ check: 0 });
  if (undone !== undefined) expect({ undone, result }).toMatchObject({ undone: { outcome: 'restored' }, result: { undoTrusted: true } });
  expect({ isAsBefore, rungs: result.rungs }).toMatchObject({ isAsBefore: true });
}

describe('undoRepair() gives a device its bytes of before, by undo files alone, after', () => {
  test.each(damageKinds)('$name', async ({ apply }) => {
    using loop = damagedDevice(whole, apply);
    expectWayBack(await repairAndUndo(loop.device, tight()));
  });
});

describe('undoRepair() gives a device its bytes of before, after damage by chance to', () => {
  const names = Object.keys(featureSets);
  const chances = Array.from({ length: seeds }, (_, index) => {
    const seed = firstSeed + index;
    return { seed, name: names[seed % names.length] ?? '' };
  });
  test.each(chances)('$name, seed $seed', async ({ seed, name }) => {
    const image = makeFeatureImage(directory, name);
    let done = '';
    using loop = damagedDevice(image, (damaged) => {
      done = damageByChance(damaged, findPlaces(image), seed);
    });
    const tried = await repairAndUndo(loop.device, roomy());
    expectWayBack({ ...tried, result: { ...tried.result, rungs: [done, ...tried.result.rungs] } });
  });
});

test('climbRepairLadder() repairs a filesystem that e2fsck can keep no undo file of, by a copy; without room for one it is held', async () => {
  const image = makeFeatureImage(directory, 'mmp');
  const clear = (file: string) => void execFileSync('debugfs', ['-w', '-R', 'clri /srv/file1', file], { stdio: 'ignore' });
  using loop = damagedDevice(image, clear);
  const held = await repairAndUndo(loop.device, tight());
  expect(held).toMatchObject({ result: { outcome: 'held', cause: 'no undo' }, isAsBefore: true });
  const tried = await repairAndUndo(loop.device, roomy());
  expect(tried).toMatchObject({
    result: { outcome: 'repaired' },
    check: 0,
    undone: { outcome: 'restored', proof: expect.stringContaining('SHA-256') },
  });
  expect(existsSync(roomy())).toBe(false);
});

test('climbRepairLadder() begins a new record when the filesystem was used since its last repair', async () => {
  using loop = damagedDevice(whole, (file) => void execFileSync('debugfs', ['-w', '-R', 'clri /srv/file1', file], { stdio: 'ignore' }));
  const options = {
    device: loop.device,
    policy: 'undo-yes',
    full: true,
    undoPreen: true,
    undoDirectory: roomy(),
    silenceMs: 60_000,
  } as const;
  expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'repaired' });
  execFileSync('debugfs', ['-w', '-f', '-', loop.device], {
    input: 'ssv mnt_count 9\nclri /srv/file2\n',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const between = sha(loop.device);
  expect(await climbRepairLadder(sys, options)).toMatchObject({ outcome: 'repaired' });
  expect(await undoRepair(sys, roomy())).toMatchObject({ outcome: 'restored' });
  expect(sha(loop.device)).toBe(between);
});
