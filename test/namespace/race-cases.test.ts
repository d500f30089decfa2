/** The corpus of the race detector is what its labels say: each race fails in one order only, each harmless pair never does. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runBad, runGood, runTwin } from '../../vm/races/cases/prove-case.ts';
import { readRaces, readTwins } from '../../vm/races/cases/race-case.ts';

const TRIES = 3;
const races = await readRaces();
const twins = await readTwins();

describe.each(races)('race $name ($type)', (race) => {
  test('is well in the good order', async () => {
    const { isWell, told } = await runGood(race);
    expect(isWell, told).toBe(true);
  });

  test(`fails as labelled in the bad one, each of ${TRIES} times`, async () => {
    const ends = await Promise.all(Array.from({ length: TRIES }, () => runBad(race)));
    for (const { isWell, told } of ends) {
      expect(isWell, told).toBe(false);
      expect(told).toMatch(new RegExp(race.shows));
    }
  });
});

describe.each(twins)('harmless $name', (twin) => {
  test('ends equal in both orders', async () => {
    // A declared edge leaves one order.
    const orders = twin.tiers.length > 1 ? [twin.scripts, twin.scripts] : [twin.scripts, twin.scripts.toReversed()];
    const ends = await Promise.all([...orders, ...(twin.hold ? [twin.hold] : [])].map((order) => runTwin(twin, order)));
    for (const { isWell, told, state } of ends) {
      expect(isWell, told).toBe(true);
      expect(state).toEqual(ends[0]?.state);
    }
  });
});

test('every type of race is there at least twice, and there are about as many harmless pairs', () => {
  for (const type of ['T1', 'T2', 'T3', 'T4', 'T5', 'T6', 'T7', 'T8', 'T9'])
    expect(races.filter((race) => race.type === type).length, type).toBeGreaterThanOrEqual(2);
  expect(twins.length).toBeGreaterThanOrEqual(races.length * 0.8);
});

test('no two cases have a script of one name', () => {
  const names = [...races, ...twins].flatMap(({ scripts }) => scripts);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('shellcheck finds nothing in the scripts', () => {
  const files = [...races, ...twins].flatMap(({ directory }) => {
    const folder = join(directory, 'root/etc/init.d');
    return readdirSync(folder).map((name) => join(folder, name));
  });
  const { stdout, stderr } = spawnSync('shellcheck', ['-s', 'sh', '-e', 'SC1090,SC1091', ...files], { encoding: 'utf8' });
  expect(`${stdout}${stderr}`).toBe('');
});

test('lifeboot plan refuses a cycle of needs, with the whole path: nothing is left out to break it', () => {
  const root = join(import.meta.dirname, '../../vm/races/cases/cycle');
  const main = join(import.meta.dirname, '../../src/main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'plan', '--root', root, '--check'], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(`${stdout}${stderr}`).toMatch(/no order to start in: .*data-volume → net-setup → state-dirs → data-volume/);
});
