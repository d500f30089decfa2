import { afterEach, describe, expect, test } from 'vitest';
import { isPopulated } from '../../src/init/processes/cgroup.ts';
import { endProcesses, processesOf } from '../../src/init/processes/script-processes.ts';
import { readTiers, startDirectories } from '../../src/init/read-tiers.ts';
import { runTiers } from '../../src/init/run-tiers.ts';
import type { TierContext } from '../../src/init/tier-context.ts';
import type { Tiers } from '../../src/init/tier-state.ts';
import { createTierMachine, eventually, type TierMachine, tierContext } from './tier-machine.ts';

let machine: TierMachine;
let kept: { tiers: Tiers };
afterEach(() => machine[Symbol.dispose]());

function open(cgroups: boolean): void {
  machine = createTierMachine(undefined, { cgroups });
  kept = { tiers: [] };
}

async function start(options: Partial<TierContext> = {}) {
  const { tiers } = await readTiers(machine.sys, startDirectories(2), { root: machine.root });
  return runTiers(tierContext(machine, options, kept), tiers);
}
const commands = async (name: string): Promise<readonly string[]> =>
  (await processesOf(machine.sys, machine.paths, name)).map(({ argv }) => argv.join(' ')).toSorted();

describe('processesOf()', () => {
  test('knows daemons by their cgroup, double forks in sessions of their own included, and no one else', async () => {
    open(true);
    machine.script('rc2.d/S01twice', `(setsid sh -c 'exec sleep 76501' &); (setsid setsid sh -c 'sleep 76502; :' &)`);
    machine.script('rc2.d/S01other', 'sleep 76503 &');
    machine.script('rc2.d/S01quick', 'exit 0');
    await start();
    await eventually(() => machine.processes('sleep 7650').length >= 3);
    await expect.poll(() => commands('twice')).toEqual(['sh -c sleep 76502; :', 'sleep 76501', 'sleep 76502']);
    expect(await commands('other')).toEqual(['sleep 76503']);
    expect(await commands('quick')).toEqual([]);
    expect(await isPopulated(machine.sys, machine.paths, 'quick')).toBe(false);
    expect(await isPopulated(machine.sys, machine.paths, 'other')).toBe(true);
    expect(await endProcesses(machine.sys, machine.paths, 'twice', 500)).toEqual([]);
    expect(machine.processes('sleep 7650').map((line) => line.replace(/^\d+ /, ''))).toEqual(['sleep 76503']);
  });

  test('knows them without cgroups by their session, and by a pid file that is not older than the process', async () => {
    open(false);
    machine.script('rc2.d/S01lazy', 'sleep 76511 &');
    machine.script('rc2.d/S01lifeboot-demo', `(setsid sh -c 'exec sleep 76512' & echo $! >/run/lifeboot-demo.pid)`);
    await start();
    await eventually(() => machine.processes('sleep 7651').length === 2);
    expect(await commands('lazy')).toEqual(['sleep 76511']);
    expect(await commands('lifeboot-demo')).toEqual(['sleep 76512']);
    expect(await isPopulated(machine.sys, machine.paths, 'lazy')).toBeUndefined();
    for (const name of ['lazy', 'lifeboot-demo']) expect(await endProcesses(machine.sys, machine.paths, name, 500)).toEqual([]);
    expect(machine.processes('sleep 7651')).toEqual([]);
    await machine.sys.remove('/run/lifeboot-demo.pid');
  });
});

test('a start that is too late leaves nothing behind, not even the daemon it had already let go of', async () => {
  open(true);
  machine.script('rc2.d/S01late', `(setsid sh -c 'trap "" TERM; sleep 76521; :' &); sleep 76522`);
  machine.script('rc2.d/S01good', 'sleep 76523 &');
  await start({ timeoutMs: 1500 });
  const late = kept.tiers[0]?.scripts.find(({ name }) => name === 'late');
  expect(late?.status).toBe('timed-out');
  expect(late?.detail).toMatch(/it waited for sleep 76522 /);
  expect(machine.processes('sleep 7652').map((line) => line.replace(/^\d+ /, ''))).toEqual(['sleep 76523']);
});
