import { expect, test } from 'vitest';
import { killProcesses, planKill } from '../../../src/init/kill-processes.ts';
import { paths } from '../../../src/sys/paths.ts';
import { FakeSys } from '../../fake/fake-sys.ts';

const facts = (pid: number, ppid: number, argv: readonly string[] = [`p${pid}`], kernelThread = false) => ({
  pid,
  ppid,
  argv,
  comm: `p${pid}`,
  startTicks: pid,
  kernelThread,
});

test('planKill() spares PID 1, kernel threads, itself, the rescue tree, storage daemons, the keepers and the shutdown hook', () => {
  const processes = [
    facts(1, 0),
    facts(2, 0, [], true),
    facts(10, 1),
    facts(11, 10),
    facts(12, 11),
    facts(20, 1),
    facts(30, 1, ['@mdmon']),
    facts(35, 1, [paths.busybox, 'sh', paths.beforeEnd]),
    facts(36, 1, [paths.busybox, 'sh', paths.keep, 'boot']),
    facts(37, 36, [paths.busybox, 'sleep', '5']),
    facts(40, 1),
    facts(41, 40),
  ];
  expect(planKill(processes, [20], [10]).map(({ pid }) => pid)).toEqual([40, 41]);
});

test('planKill() ends on a loop of reused pids', () => {
  expect(planKill([facts(5, 6), facts(6, 5)], [], [9]).map(({ pid }) => pid)).toEqual([5, 6]);
});

test('killProcesses() asks first and then forces', async () => {
  const sys = new FakeSys().process({ pid: 50, comm: 'stubborn' }, { ignores: ['SIGTERM'] }).process({ pid: 51, comm: 'meek' });
  expect(await killProcesses(sys, 20)).toEqual([]);
  expect(sys.journal.filter((line) => line.startsWith('kill') && !line.includes('CONT'))).toEqual([
    'kill 50 SIGTERM',
    'kill 51 SIGTERM',
    'kill 50 SIGKILL',
  ]);
});

test('killProcesses() names what even KILL does not end', async () => {
  const sys = new FakeSys().process({ pid: 50, comm: 'nfs' }, { ignores: ['SIGTERM', 'SIGKILL'] });
  expect(await killProcesses(sys, 20)).toEqual(['nfs (pid 50)']);
});
