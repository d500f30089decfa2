/** The getty keeper with real processes: started in sessions of their own, started again, adopted after the agent's death, ended. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GettyRecord } from '../../src/init/getty-plan.ts';
import { keepGettys } from '../../src/init/gettys.ts';
import type { InittabEntry } from '../../src/init/inittab.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';

const sys = createLinuxSys();
const modules = join(import.meta.dirname, '../../src');
let directory: string;
let places: { readonly file: string; readonly busybox: string };
let entries: readonly InittabEntry[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gettys-'));
  places = { file: join(directory, 'gettys.json'), busybox: '/bin/busybox' };
  // Two stand-ins for a getty: they only have to run and to be told apart.
  entries = ['1', '2'].map((id) => ({ id, runlevels: '2', action: 'respawn', process: `/bin/sleep 98765432${id}` }));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('keepGettys() starts each one in a session of its own and without the agent standing', async () => {
  const keeper = await keepGettys(sys, entries, '2', places);
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => keeper.stop());
  const pids = await running();
  for (const pid of pids) {
    const [, , , , group, session] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
    expect([group, session]).toEqual([String(pid), String(pid)]);
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('0\n');
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')).toContain('RUNLEVEL=2');
  }
  process.kill(pids[0] ?? 0, 'SIGKILL');
  expect((await running((found) => found[0] !== pids[0]))[1]).toBe(pids[1]);
  await keeper.stop();
  await goneWithin(10_000, [...pids, ...(await recorded())]);
});

test('keepGettys() adopts them after the agent was killed, even without its record', async () => {
  const script = `
    import { keepGettys } from '${modules}/init/gettys.ts';
    import { createLinuxSys } from '${modules}/sys/linux.ts';
    await keepGettys(createLinuxSys(), ${JSON.stringify(entries)}, '2', ${JSON.stringify(places)});`;
  writeFileSync(join(directory, 'agent.mjs'), script);
  const agent = spawn(process.execPath, [join(directory, 'agent.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] });
  const pids = await running();
  agent.kill('SIGKILL');
  await once(agent, 'exit');
  const first = await keepGettys(sys, entries, '2', places);
  expect(await running()).toEqual(pids);
  await first[Symbol.asyncDispose]();
  rmSync(places.file);
  const second = await keepGettys(sys, entries, '2', places);
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => second.stop());
  expect(await running()).toEqual(pids);
  await second.stop();
  await goneWithin(10_000, pids);
});

async function recorded(): Promise<readonly number[]> {
  const records: GettyRecord[] = JSON.parse((await sys.readText(places.file)) ?? '[]');
  return records.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
}

/** Both pids of the record, once they run what they should. */
async function running(isWanted: (pids: readonly number[]) => boolean = () => true): Promise<readonly number[]> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const pids = await recorded();
    const all = await sys.processes();
    const commands = pids.map((pid) => all.find((facts) => facts.pid === pid)?.argv.join(' '));
    if (commands.join() === entries.map(({ process }) => process).join() && isWanted(pids)) return pids;
    if (Date.now() > deadline) throw new Error(`gettys: ${JSON.stringify(pids)} run ${JSON.stringify(commands)}`);
    await sys.waitForChange(directory, 100);
  }
}

async function goneWithin(ms: number, pids: readonly number[]): Promise<void> {
  const deadline = Date.now() + ms;
  const left = async () => (await sys.processes()).filter((facts) => pids.includes(facts.pid) && facts.comm === 'sleep');
  while ((await left()).length > 0) {
    if (Date.now() > deadline) throw new Error('gettys still run');
    await sys.sleep(20);
  }
}
