import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readTiers, startDirectories } from '../../src/init/read-tiers.ts';
import { runTiers } from '../../src/init/run-tiers.ts';
import { OUTPUT_LIMIT_BYTES, trimOutputs } from '../../src/init/script-output.ts';
import { stopTiers } from '../../src/init/stop-tiers.ts';
import type { TierContext } from '../../src/init/tier-context.ts';
import type { Tiers } from '../../src/init/tier-state.ts';
import { createTierMachine, eventually, type TierMachine, tierContext } from './tier-machine.ts';

let machine: TierMachine;
let kept: { tiers: Tiers };
beforeEach(() => {
  machine = createTierMachine();
  kept = { tiers: [] };
});
afterEach(() => {
  machine[Symbol.dispose]();
});

async function start(options: Partial<TierContext> = {}) {
  const { tiers } = await readTiers(machine.sys, startDirectories(2), { root: machine.root });
  return runTiers(tierContext(machine, options, kept), tiers);
}
const rows = () => kept.tiers.flatMap(({ scripts }) => scripts);
const row = (name: string) => rows().find((each) => each.name === name);

describe('runTiers() with real scripts', () => {
  test('gets the exact exit code of each of 200 scripts that start at once', async () => {
    for (let i = 0; i < 200; i += 1) machine.script(`rc2.d/S01s${String(i).padStart(3, '0')}`, `echo $1 >>${machine.root}/log; exit ${i}`);
    machine.script('rc2.d/S02last', `echo last >>${machine.root}/log`);
    await start();
    const codes = rows()
      .filter(({ name }) => name !== 'last')
      .map(({ exitCode }) => exitCode);
    expect(codes).toEqual([...Array(200).keys()]);
    expect(machine.log()).toHaveLength(201);
    expect(machine.log().at(-1)).toBe('last');
    await eventually(() => machine.processes().length === 0);
  });

  test('sees the end of each script at once: 30 tiers take no 30 ticks', async () => {
    for (let i = 10; i < 40; i += 1) machine.script(`rcS.d/S${i}t${i}`, 'exit 0');
    const beganMs = performance.now();
    await start();
    expect(rows().every(({ status }) => status === 'started')).toBe(true);
    expect(performance.now() - beganMs).toBeLessThan(20_000);
  });

  test('gives scripts what sysvinit gives them, and nothing of its own', async () => {
    machine.script(
      'rcS.d/S01env',
      'echo $0 $@; pwd; umask; ulimit -n; cat /proc/self/oom_score_adj; readlink /proc/$$/fd/0; ls /proc/$$/fd | tr "\\n" " "; echo; env | sort',
    );
    await start();
    const [argv, cwd, umask, files, oom, input, fds, ...env] = machine.output('env.start').split('\n');
    expect([argv, cwd, umask, files, oom, input]).toEqual([`${machine.root}/etc/init.d/env start`, '/', '0022', '1024', '0', '/dev/null']);
    // dash keeps the script itself open as number 10. Files that were open in us before are nobody's doing here.
    const inherited = spawnSync('ls', ['/proc/self/fd'], { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' }).stdout.split('\n');
    expect(
      fds
        ?.trim()
        .split(' ')
        .filter((fd) => Number(fd) < 3 || !inherited.includes(fd))
        .join(' '),
    ).toMatch(/^0 1( 10)? 2$/);
    expect(env.filter((line) => line !== '' && !/^(_|OLDPWD|PWD|SHLVL)=/.test(line))).toEqual([
      'CONSOLE=/dev/console',
      'HOME=/',
      'INIT_VERSION=sysvinit-3.06',
      'PATH=/sbin:/usr/sbin:/bin:/usr/bin',
      'PREVLEVEL=N',
      'RUNLEVEL=S',
      'TERM=linux',
      'previous=N',
      'runlevel=S',
    ]);
  });

  test('does not wait for daemons, be they double-forked or only in the background with the output open', async () => {
    machine.script('rc2.d/S01forked', `(setsid sh -c 'exec sleep 87651' &) ; echo up`);
    machine.script('rc2.d/S01lazy', 'sleep 87652 & echo up');
    machine.script('rc2.d/S01zombies', 'for i in 1 2 3 4 5 6 7 8 9; do sh -c "exit $i" & done; exec sleep 0.1');
    const beganMs = performance.now();
    await start();
    expect(performance.now() - beganMs).toBeLessThan(10_000);
    expect(rows().map(({ status }) => status)).toEqual(['started', 'started', 'started']);
    const daemons = () => [...machine.processes('sleep 87651'), ...machine.processes('sleep 87652')];
    await eventually(() => daemons().length === 2);
    for (const line of daemons()) process.kill(Number.parseInt(line, 10), 'SIGKILL');
    await eventually(() => machine.processes('sleep 8765').length === 0);
  });

  test('ends a script that hangs and ignores TERM with all its children, names it, and goes on', async () => {
    machine.script('rc2.d/S01deaf', `trap '' TERM; (trap '' TERM; sleep 87653) & sleep 87654`);
    machine.script('rc2.d/S01moved', 'setsid -w sleep 87655');
    machine.script('rc2.d/S01stopped', 'sleep 87656 & kill -STOP $!; wait');
    machine.script('rc2.d/S01good', 'exit 0');
    machine.script('rc2.d/S02next', 'exit 0');
    await start({ timeoutMs: 1500 });
    expect(rows().map(({ name, status }) => `${name} ${status}`)).toEqual([
      'deaf timed-out',
      'good started',
      'moved timed-out',
      'stopped timed-out',
      'next started',
    ]);
    expect(row('deaf')?.detail).toMatch(/^not done after 1\.5 s; it waited for sleep 8765\d \(pid \d+/);
    expect(machine.lines.some((line) => /script deaf: timed-out \(not done after 1\.5 s/.test(line))).toBe(true);
    await eventually(() => machine.processes('sleep 8765').length === 0 && machine.processes().length === 0);
  });

  test('bounds an output of 10 MB, and shows its end', async () => {
    machine.script(
      'rc2.d/S01loud',
      'i=0; while [ $i -lt 10 ]; do head -c 1048576 /dev/zero | tr "\\0" x; echo; i=$((i+1)); done; echo the end; exit 1',
    );
    await start();
    expect(row('loud')).toMatchObject({ status: 'failed', exitCode: 1 });
    expect(machine.lines.at(-2)).toBe('loud: the end');
    expect(statSync(`${machine.paths.output}/loud.start`).size).toBeLessThanOrEqual(OUTPUT_LIMIT_BYTES);
  });

  test('bounds the output of a daemon that goes on writing after its script has ended', async () => {
    machine.script('rc2.d/S01chatty', `(while :; do head -c 300000 /dev/zero; [ -e ${machine.root}/stop ] && exit; sleep 0.1; done) &`);
    await start();
    const file = `${machine.paths.output}/chatty.start`;
    await eventually(() => statSync(file).size > OUTPUT_LIMIT_BYTES);
    expect(await trimOutputs(machine.sys, machine.paths)).toEqual(['chatty.start']);
    await eventually(() => statSync(file).size > 0);
    expect(statSync(file).blocks * 512).toBeLessThan(20 * OUTPUT_LIMIT_BYTES);
    machine.script('rc2.d/S02stop', `touch ${machine.root}/stop`);
    await start();
    await eventually(() => machine.processes().length === 0);
  });

  test('reports a script without an interpreter', async () => {
    machine.script('rc2.d/S01broken', '');
    writeFileSync(`${machine.root}/etc/init.d/broken`, '#!/no/such/shell\n');
    await start();
    expect(row('broken')).toMatchObject({ status: 'failed', exitCode: 127 });
  });

  test('stops in reverse, each script once', async () => {
    machine.script('rcS.d/S01first', `echo first $1 $RUNLEVEL $PREVLEVEL >>${machine.root}/log`);
    machine.script('rc2.d/S01second', `echo second $1 >>${machine.root}/log`);
    await start();
    const { tiers } = await readTiers(machine.sys, startDirectories(2), { root: machine.root });
    for (let i = 0; i < 2; i += 1) expect(await stopTiers(tierContext(machine, {}, kept), '0', tiers, '2')).toEqual({ kind: 'done' });
    expect(machine.log()).toEqual(['first start S N', 'second start', 'second stop', 'first stop 0 2']);
  });
});

describe('run-script', () => {
  test('runs a claimed script once, however many ask for it at once', async () => {
    machine.script('rc2.d/S01once', `echo once >>${machine.root}/log`);
    const { scripts, output, cgroups, runScript, busybox } = machine.paths;
    const where = [scripts, '/dev/null', `${output}/once.start`, `${cgroups}/once`];
    const argv = ['sh', runScript, ...where, 'once.start', `${machine.root}/etc/init.d/once`, 'start'];
    const children = Array.from({ length: 30 }, () => spawn(busybox, argv, { stdio: 'ignore' }));
    await Promise.all(children.map((child) => new Promise((ended) => child.once('exit', ended))));
    expect(machine.log()).toEqual(['once']);
  });

  test('runs the script although its output cannot be written', async () => {
    machine.script('rc2.d/S01mute', `echo unheard; echo ran >>${machine.root}/log`);
    await start({ paths: { ...machine.paths, output: `${machine.root}/no/such/place` } });
    expect(machine.log()).toEqual(['ran']);
    expect(row('mute')).toMatchObject({ status: 'started' });
  });
});

test('an agent that is killed again and again starts every script exactly once and loses no exit code', async () => {
  const names = Array.from({ length: 24 }, (_, index) => `s${String(index).padStart(2, '0')}`);
  for (const [index, name] of names.entries()) {
    machine.script(
      `rc2.d/S${String(10 + (index % 4))}${name}`,
      `echo ${name} >>${machine.root}/log; sleep 0.${index % 5}; exit ${index % 3}`,
    );
  }
  const agent = `${import.meta.dirname}/tier-agent.ts`;
  let killed = 0;
  for (let round = 0; ; round += 1) {
    const child = spawn(process.execPath, [agent, machine.root], { stdio: 'ignore' });
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    // Each life is a little longer than the one before, so that the end is reached and every moment before it is met.
    const killer = setTimeout(() => child.kill('SIGKILL'), 100 + round * 40);
    const signal = await ended;
    clearTimeout(killer);
    if (signal === null) break;
    killed += 1;
    expect(round).toBeLessThan(60);
  }
  expect(killed).toBeGreaterThan(3);
  expect(machine.log().toSorted()).toEqual(names);
  const tiers: Tiers = JSON.parse(readFileSync(`${machine.root}/state.json`, 'utf8'));
  const codes = Object.fromEntries(tiers.flatMap(({ scripts }) => scripts.map(({ name, exitCode }) => [name, exitCode])));
  expect(codes).toEqual(Object.fromEntries(names.map((name, index) => [name, index % 3])));
  const events = readFileSync(`${machine.root}/events.ndjson`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const startedEvents = events.filter(({ subject, what }) => subject === 'script' && what === 'started').map(({ name }) => name);
  expect(new Set(startedEvents).size).toBe(startedEvents.length);
  await eventually(() => machine.processes().length === 0);
});
