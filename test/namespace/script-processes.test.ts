import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { isPopulated } from '../../src/init/processes/cgroup.ts';
import { endProcesses, processesOf } from '../../src/init/processes/script-processes.ts';
import { readSnapshot } from '../../src/init/processes/snapshot.ts';
import { readTiers, startDirectories } from '../../src/init/read-tiers.ts';
import { runTiers } from '../../src/init/run-tiers.ts';
import { stopTiers } from '../../src/init/stop-tiers.ts';
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
/** Names our sleeps apart from those of whoever runs this test at the same time. */
const secs = (seconds: number): string => `${seconds}.${process.pid}`;
const sleeping = (seconds: number): readonly string[] =>
  machine
    .processes(`sleep ${seconds}`)
    .map((line) => line.replace(/^\d+ /, ''))
    .filter((line) => line.endsWith(`.${process.pid}`) && line.startsWith('sleep'));
const commands = async (name: string): Promise<readonly string[]> =>
  (await processesOf(machine.sys, machine.paths, name)).map(({ argv }) => argv.join(' ')).toSorted();

describe('processesOf()', () => {
  test('knows daemons by their cgroup, double forks in sessions of their own included, and no one else', async () => {
    open(true);
    machine.script('rc2.d/S01twice', `(setsid sh -c 'exec sleep ${secs(76501)}' &); (setsid setsid sh -c 'sleep ${secs(76502)}; :' &)`);
    machine.script('rc2.d/S01other', `sleep ${secs(76503)} &`);
    machine.script('rc2.d/S01quick', 'exit 0');
    await start();
    await eventually(() => sleeping(7650).length >= 3);
    await expect.poll(() => commands('twice')).toEqual([`sh -c sleep ${secs(76502)}; :`, `sleep ${secs(76501)}`, `sleep ${secs(76502)}`]);
    expect(await commands('other')).toEqual([`sleep ${secs(76503)}`]);
    expect(await commands('quick')).toEqual([]);
    expect(await isPopulated(machine.sys, machine.paths, 'quick')).toBe(false);
    expect(await isPopulated(machine.sys, machine.paths, 'other')).toBe(true);
    expect(await endProcesses(machine.sys, machine.paths, 'twice', 500)).toEqual([]);
    expect(sleeping(7650)).toEqual([`sleep ${secs(76503)}`]);
  });

  test('knows them without cgroups by their session, and by a pid file that is not older than the process', async () => {
    open(false);
    const demo = `lifeboot-demo-${process.pid}`;
    machine.script('rc2.d/S01lazy', `sleep ${secs(76511)} &`);
    machine.script(`rc2.d/S01${demo}`, `(setsid sh -c 'exec sleep ${secs(76512)}' & echo $! >/run/${demo}.pid)`);
    await start();
    await eventually(() => sleeping(7651).length === 2);
    expect(await commands('lazy')).toEqual([`sleep ${secs(76511)}`]);
    expect(await commands(demo)).toEqual([`sleep ${secs(76512)}`]);
    expect(await isPopulated(machine.sys, machine.paths, 'lazy')).toBeUndefined();
    for (const name of ['lazy', demo]) expect(await endProcesses(machine.sys, machine.paths, name, 500)).toEqual([]);
    expect(sleeping(7651)).toEqual([]);
    await machine.sys.remove(`/run/${demo}.pid`);
  });
});

test('a start that is too late leaves nothing behind, not even the daemon it had already let go of', async () => {
  open(true);
  machine.script('rc2.d/S01late', `(setsid sh -c 'trap "" TERM; sleep ${secs(76521)}; :' &); sleep ${secs(76522)}`);
  machine.script('rc2.d/S01good', `sleep ${secs(76523)} &`);
  await start({ timeoutMs: 1500 });
  const late = kept.tiers[0]?.scripts.find(({ name }) => name === 'late');
  expect(late?.status).toBe('timed-out');
  expect(late?.detail).toContain(`it waited for sleep ${secs(76522)} `);
  expect(sleeping(7652)).toEqual([`sleep ${secs(76523)}`]);
});

test('a snapshot shows the tree of a late script, its open files and sockets with their other end', async () => {
  open(true);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  machine.script('rc2.d/S01late', `exec 3<${machine.root}/etc/init.d/late; ${process.execPath} -e 'net.connect(${port}, "127.0.0.1")'`);
  await start({ timeoutMs: 3000 });
  server.close();
  const row = kept.tiers[0]?.scripts[0];
  expect(row?.snapshot).toBe(`${machine.paths.scripts}/late.start.snapshot`);
  const lines = await readSnapshot(machine.sys, machine.paths, 'late.start');
  expect(lines[1]).toMatch(new RegExp(`^\\d+ \\d+ S \\S+: /bin/sh ${machine.root}/etc/init.d/late start$`));
  expect(lines[2]).toMatch(/^ {2}\d+ \d+ S \S+: \S*node -e net\.connect/);
  expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^file of \\d+: 3 ${machine.root}/etc/init.d/late$`)));
  expect(lines).toContainEqual(
    expect.stringMatching(new RegExp(`^file of \\d+: \\d+ tcp 127\\.0\\.0\\.1:\\d+ to 127\\.0\\.0\\.1:${port}, established$`)),
  );
  if (hasStacks()) expect(lines).toContainEqual(expect.stringMatching(/^stack of \d+: \w+\+0x/));
});

test('a stop that says it is done while processes are left is told with their names, and gives an empty group back', async () => {
  open(true);
  machine.script('rc2.d/S01leaky', `[ $1 = start ] && (setsid sleep ${secs(76531)} &); exit 0`);
  machine.script(
    'rc2.d/S01clean',
    `[ $1 = start ] && (setsid sleep ${secs(76532)} &); [ $1 = stop ] && pkill -f "^sleep ${secs(76532)}"; exit 0`,
  );
  await start();
  await eventually(() => sleeping(7653).length === 2);
  const { tiers } = await readTiers(machine.sys, startDirectories(2), { root: machine.root });
  expect(await stopTiers(tierContext(machine, {}, kept), '0', tiers, '2')).toEqual({ kind: 'done' });
  const rows = kept.tiers[0]?.scripts.map(({ name, status, detail }) => `${name} ${status} ${detail}`);
  expect(rows).toEqual(['clean stopped undefined', expect.stringContaining(`leaky stopped still there: sleep ${secs(76531)} (pid `)]);
  expect(machine.lines).toContainEqual(expect.stringContaining(`script leaky: stopped (still there: sleep ${secs(76531)}`));
  expect(machine.groups()).toEqual(['leaky']);
});

/** Linux shows them to root only, and not without CONFIG_STACKTRACE. */
function hasStacks(): boolean {
  try {
    return readFileSync('/proc/self/stack', 'utf8') !== '';
  } catch {
    return false;
  }
}
