import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Hold } from '../../src/init/races/trial/trial.ts';
import type { Tiers } from '../../src/init/tier-state.ts';
import { createTierMachine, eventually, type TierMachine } from './tier-machine.ts';
import { buildCallHold, callHold, runTrial } from './trial-machine.ts';

let built: string;
let program: string;
let machine: TierMachine;
beforeAll(() => {
  built = mkdtempSync(join(tmpdir(), 'lifeboot-hold-'));
  program = buildCallHold(built);
});
afterAll(() => rmSync(built, { recursive: true, force: true }));
beforeEach(() => {
  machine = createTierMachine();
});
afterEach(() => machine[Symbol.dispose]());

const script = (name: string, body: string) => machine.script(`rc2.d/S01${name}`, body.replaceAll('$R', machine.root));
const codes = (tiers: Tiers) => Object.fromEntries(tiers.flatMap(({ scripts }) => scripts.map(({ name, exitCode }) => [name, exitCode])));
/** The order in which scripts said that they began and ended. */
const log = () => machine.log().join(' ');
const watchers = () =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(program) &&
          !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
        );
      } catch {
        return false;
      }
    })
    .map(Number);

describe('a trial', () => {
  test('runs the scripts of a tier one after another in any order, each when the one before is quiet', async () => {
    for (const name of ['a', 'b', 'c'])
      script(name, `echo ${name} >>$R/log; (sleep 0.1; i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done; echo late-${name} >>$R/log) &`);
    const { outcome, said } = await runTrial(machine, program, { serial: ['c', 'a', 'b'] });
    expect(log()).toBe('c late-c a late-a b late-b');
    expect(outcome).toMatchObject({ trial: 'test', timedOut: false, missed: false });
    expect(said.filter(({ op }) => op === 'barrier')).toEqual([
      { op: 'barrier', after: 0, tier: 'rc2.d/S01', scripts: ['a', 'b', 'c'] },
      { op: 'barrier', after: 7 },
    ]);
  });

  test('that is hasty begins each as soon as the one before has ended, at work or not', async () => {
    script('a', '(i=0; while [ $i -lt 1000000 ]; do i=$((i+1)); done; echo late-a >>$R/log) &\necho a >>$R/log');
    script('b', 'echo b >>$R/log');
    await runTrial(machine, program, { serial: ['a', 'b'], hasty: true });
    await eventually(() => machine.log().length === 3);
    expect(log()).toBe('a b late-a');
  });

  test('runs only those that it names', async () => {
    for (const name of ['a', 'b', 'c']) script(name, `echo ${name} >>$R/log`);
    await runTrial(machine, program, { only: ['c', 'a'], serial: ['c', 'a'], until: 'rc2.d/S01' });
    expect(log()).toBe('c a');
  });

  test('starts a script only when another one has ended', async () => {
    script('a', 'echo a >>$R/log');
    script('b', 'sleep 0.3; echo b >>$R/log');
    await runTrial(machine, program, { holds: [{ kind: 'start', script: 'a', after: 'b' }] });
    expect(log()).toBe('b a');
  });

  test('lets a daemon of an earlier tier stand still while a script is run, and says when there is none', async () => {
    script('a', '(while [ ! -e $R/end ]; do echo d >>$R/log; sleep 0.05; done) >/dev/null 2>&1 &');
    machine.script(
      'rc2.d/S02b',
      `echo b >>${machine.root}/log; sleep 1; echo end-b >>${machine.root}/log; (sleep 1; touch ${machine.root}/end) &`,
    );
    machine.script('rc2.d/S02c', 'exit 0');
    const freeze = (of: string, until: string) => ({ kind: 'freeze', script: of, until, timeoutMs: 10_000 }) as const;
    const { outcome } = await runTrial(machine, program, { until: 'rc2.d/S02', holds: [freeze('a', 'b')] });
    const lines = machine.log();
    expect(lines.slice(lines.indexOf('b'), lines.indexOf('end-b') + 1)).toEqual(['b', 'end-b']);
    expect(lines.slice(lines.indexOf('end-b')).filter((line) => line === 'd').length).toBeGreaterThan(3);
    expect(outcome).toMatchObject({ timedOut: false, missed: false });
    await eventually(() => machine.processes().length === 0);
  });

  test('gives a frozen daemon up when its time is over, and misses one that is not there', async () => {
    script('a', 'sleep 3 >/dev/null 2>&1 &');
    machine.script('rc2.d/S02b', 'sleep 1');
    const { outcome } = await runTrial(machine, program, {
      until: 'rc2.d/S02',
      holds: [
        { kind: 'freeze', script: 'a', until: 'b', timeoutMs: 300 },
        { kind: 'freeze', script: 'nobody', until: 'b', timeoutMs: 300 },
      ],
    });
    expect(outcome).toMatchObject({ timedOut: true, missed: true });
  });

  test.for([
    ['of an earlier tier', 'rc2.d/S02', 0],
    ['of its own tier', 'rc2.d/S01', 0],
    ['that never comes to it, for so long and no longer', 'rc2.d/S01', 1],
  ] as const)('starts a script only when a daemon %s has come to a call', async ([, tier, nth]) => {
    script('a', '(sleep 1.5; mkdir $R/made; echo made >>$R/log) >/dev/null 2>&1 &');
    machine.script(`${tier}b`, `echo b >>${machine.root}/log`);
    const pass = callHold('a', 'mkdir', `${machine.root}/made`, 'b', { nth: nth + 1, timeoutMs: nth === 0 ? 10_000 : 100 });
    const { outcome } = await runTrial(machine, program, { until: tier, serial: ['a', 'b'], holds: [{ ...pass, kind: 'pass' } as Hold] });
    expect(machine.log().slice(0, 2 - nth)).toEqual(nth === 0 ? ['made', 'b'] : ['b']);
    expect(outcome).toMatchObject({ timedOut: false, missed: false });
    await eventually(() => machine.processes().length === 0);
  });

  test('refuses scripts that wait for each other, and says which', async () => {
    script('a', 'echo a >>$R/log');
    script('b', 'echo b >>$R/log');
    const holds = [
      { kind: 'start', script: 'a', after: 'b' },
      { kind: 'start', script: 'b', after: 'a' },
    ] as const;
    const { said } = await runTrial(machine, program, { holds });
    expect(said[1]).toEqual({ op: 'refused', why: 'trial test: they wait for each other: a → b → a' });
    expect(machine.log().toSorted()).toEqual(['a', 'b']);
  });
});

describe('call-hold', () => {
  test.each([
    ['mkdir', '$R/x', '[ -d $R/x ] || mkdir $R/x', 'mkdir $R/x'],
    ['open', '$R/x', '[ -e $R/x ] || { set -C; echo a >$R/x; }', 'echo b >$R/x'],
    ['unlink', '$R/x', 'echo a >$R/x; cd $R; rm x', 'rm $R/x'],
    ['rename', '$R/y', 'echo a >$R/x; mv -T $R/x $R/y', 'mkdir $R/y'],
    ['symlink', '$R/x', '[ -e $R/x ] || ln -s a $R/x', 'ln -s b $R/x'],
  ])('stops %s of a script at its path until the other one is done', async (call, argument, a, b) => {
    script('a', `echo a >>$R/log; ${a} || exit 3; exit 0`);
    script('b', `echo b >>$R/log; ${b}; echo end-b >>$R/log`);
    const { tiers, holds, outcome } = await runTrial(machine, program, {
      holds: [callHold('a', call, argument.replace('$R', machine.root), 'b')],
    });
    expect(codes(tiers)).toEqual({ a: 3, b: 0 });
    expect(holds('a')).toEqual(['0 held', '0 go']);
    expect(outcome).toMatchObject({ timedOut: false, missed: false });
    expect(log()).toBe('a b end-b');
  });

  test.each([
    ['bind', 'tcp:127.0.0.1:$P', '$s->bind(sockaddr_in($p, INADDR_LOOPBACK)) or exit 4;'],
    ['listen', 'tcp:$P', 'bind($s, sockaddr_in($p, INADDR_LOOPBACK)) or exit 4; listen($s, 1) or exit 5;'],
    ['connect', 'tcp:127.0.0.1:$P', 'connect($s, sockaddr_in($p, INADDR_LOOPBACK)) or exit 0; exit 4;'],
  ])('stops %s at its address', async (call, argument, work) => {
    const port = 20_000 + (process.pid % 10_000);
    const perl = work.replace('$s->bind(', 'bind($s, ');
    script('a', `exec perl -MSocket -e 'my $p = ${port}; socket(my $s, PF_INET, SOCK_STREAM, 0); ${perl}'`);
    script('b', 'echo b >>$R/log');
    const { tiers, holds } = await runTrial(machine, program, { holds: [callHold('a', call, argument.replace('$P', `${port}`), 'b')] });
    expect(holds('a')).toEqual(['0 held', '0 go']);
    expect(codes(tiers)).toEqual({ a: 0, b: 0 });
  });

  test('stops connect at a unix socket, by any name of its directory', async () => {
    script(
      'a',
      `ln -s $R $R/link; exec perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un("$R/link/s")) or exit 7'`,
    );
    script(
      'b',
      `perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_STREAM, 0); bind($s, sockaddr_un("$R/new")); listen($s, 1); rename("$R/new", "$R/s"); alarm 10; accept(my $c, $s)' & until [ -S $R/s ]; do sleep 0.1; done`,
    );
    const { tiers, holds } = await runTrial(machine, program, { holds: [callHold('a', 'connect', `unix:${machine.root}/s`, 'b')] });
    expect(holds('a')).toEqual(['0 held', '0 go']);
    expect(codes(tiers)).toEqual({ a: 0, b: 0 });
  });

  test('stops the call of that number, and nobody else meanwhile', async () => {
    script('a', 'for i in 1 2 3; do echo $i >$R/x; echo a$i >>$R/log; done');
    script('b', 'echo b >>$R/log');
    script('c', 'for i in 1 2 3; do echo $i >$R/x; done; echo c >>$R/log');
    await runTrial(machine, program, { holds: [callHold('a', 'open', `${machine.root}/x`, 'b', { nth: 2 })] });
    expect(machine.log().filter((line) => line !== 'c')).toEqual(['a1', 'b', 'a2', 'a3']);
    expect(machine.log().indexOf('c')).toBeLessThan(machine.log().indexOf('a2'));
  });

  test('gives up when the other one waits for the one that is stopped: the outcome says so', async () => {
    script('a', 'mkdir $R/x');
    script('b', 'i=0; until [ -d $R/x ] || [ $i -gt 50 ]; do sleep 0.1; i=$((i+1)); done; [ -d $R/x ]');
    const { tiers, holds, outcome } = await runTrial(machine, program, {
      holds: [callHold('a', 'mkdir', `${machine.root}/x`, 'b', { timeoutMs: 600 })],
    });
    expect(holds('a')).toEqual(['0 held', '0 late']);
    expect(outcome).toMatchObject({ timedOut: true });
    expect(codes(tiers)).toEqual({ a: 0, b: 0 });
  });

  test('goes on without a hold when the call is never made', async () => {
    script('a', 'echo a >>$R/log');
    script('b', 'echo b >>$R/log');
    const { outcome } = await runTrial(machine, program, { holds: [callHold('a', 'mkdir', `${machine.root}/x`, 'b')] });
    expect(outcome).toMatchObject({ missed: true, timedOut: false });
    expect(log()).toBe('a b');
  });

  test('stays as long as a daemon of the script lives, and goes with it', async () => {
    script(
      'a',
      '(while [ ! -e $R/end ]; do mkdir $R/d$$; rmdir $R/d$$; sleep 0.3; done; echo ended >>$R/log) >/dev/null 2>&1 & mkdir $R/x',
    );
    script('b', 'exit 0');
    await runTrial(machine, program, { holds: [callHold('a', 'mkdir', `${machine.root}/x`, 'b')] });
    expect(watchers().length).toBe(2);
    spawnSync('touch', [`${machine.root}/end`]);
    await eventually(() => log() === 'ended' && watchers().length === 0);
  });

  test('lets everything go on when its watcher is killed, stopped calls too', async () => {
    script('a', 'mkdir $R/x && echo made >>$R/log; (mkdir $R/y && sleep 0.5 && mkdir $R/z && echo daemon >>$R/log) >/dev/null 2>&1 &');
    script('b', 'until [ -e $R/end ]; do sleep 0.1; done');
    const trial = runTrial(machine, program, { holds: [callHold('a', 'mkdir', `${machine.root}/x`, 'b', { timeoutMs: 60_000 })] });
    await eventually(() => watchers().length === 2);
    await new Promise((wake) => setTimeout(wake, 300));
    expect(existsSync(`${machine.root}/x`)).toBe(false);
    process.kill(Math.max(...watchers()), 'SIGKILL');
    await eventually(() => log() === 'made daemon');
    writeFileSync(`${machine.root}/end`, '');
    await trial;
    expect(existsSync(`${machine.root}/z`)).toBe(true);
    await eventually(() => watchers().length === 0);
  });

  test('begins a hundred times without a call that nobody answers', () => {
    const group = `${machine.paths.cgroups}/often`;
    const directory = `${machine.root}/often`;
    for (const made of [group, directory]) if (!existsSync(made)) mkdirSync(made);
    writeFileSync(`${directory}/rules`, `0 1 1000 mkdir ${machine.root}/never\n`);
    for (let i = 0; i < 100; i++) {
      const ran = spawnSync(program, [directory, group, '/bin/mkdir', `${machine.root}/d${i}`], { encoding: 'utf8' });
      expect([ran.status, ran.stderr]).toEqual([0, '']);
    }
  });

  test('is not in the cgroup of the script', async () => {
    script('a', 'cat /proc/self/cgroup >$R/group; mkdir $R/x; sleep 3 >/dev/null 2>&1 &');
    script('b', 'exit 0');
    await runTrial(machine, program, { holds: [callHold('a', 'mkdir', `${machine.root}/x`, 'b')] });
    expect(readFileSync(`${machine.root}/group`, 'utf8')).toMatch(/\/a$/m);
    for (const pid of watchers()) expect(readFileSync(`/proc/${pid}/cgroup`, 'utf8')).not.toMatch(/\/a$/m);
  });
});

describe('run-script', () => {
  test('says nothing of a trial to the script', async () => {
    script('a', 'env >$R/env; mkdir $R/x');
    script('b', 'exit 0');
    await runTrial(machine, program, { holds: [callHold('a', 'mkdir', `${machine.root}/x`, 'b')] });
    expect(readFileSync(`${machine.root}/env`, 'utf8')).not.toContain('LIFEBOOT');
  });
});
