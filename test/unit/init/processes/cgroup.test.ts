import { describe, expect, test } from 'vitest';
import { cgroupPids, isPopulated, killCgroup, makeCgroup, removeCgroup } from '../../../../src/init/processes/cgroup.ts';
import { processesOf } from '../../../../src/init/processes/script-processes.ts';
import { FakeSys } from '../../../fake/fake-sys.ts';
import { paths } from '../scripted-runs.ts';

const group = `${paths.cgroups}/ssh`;

test('makeCgroup() makes one only where there is a hierarchy, and never above it', async () => {
  const without = new FakeSys();
  await makeCgroup(without, paths, 'ssh');
  expect(without.journal).toEqual([]);
  const sys = new FakeSys().file(`${paths.cgroups}/cgroup.procs`, '');
  for (const name of ['ssh', '..', '.']) await makeCgroup(sys, paths, name);
  expect(sys.journal).toEqual([`mkdir ${group}`]);
  await makeCgroup(sys.fail(`mkdir ${paths.cgroups}/cron`, 'ENOSPC'), paths, 'cron');
});

describe('cgroupPids()', () => {
  test('are those of the group and of what a daemon divided it into, but not of another pid namespace', async () => {
    const sys = new FakeSys().file(`${group}/cgroup.procs`, '12\n0\n14\n').file(`${group}/user/cgroup.procs`, '15\n');
    sys.file(`${group}/user/deep/cgroup.procs`, '16\n').file(`${group}/cgroup.events`, 'populated 1\nfrozen 0\n');
    expect(await cgroupPids(sys, paths, 'ssh')).toEqual([12, 14, 15, 16]);
    expect(await isPopulated(sys, paths, 'ssh')).toBe(true);
  });

  test('are unknown without a group, and where it cannot be read', async () => {
    expect(await cgroupPids(new FakeSys(), paths, 'ssh')).toBeUndefined();
    expect(await isPopulated(new FakeSys(), paths, 'ssh')).toBeUndefined();
    const sys = new FakeSys().file(`${group}/cgroup.procs`, '12\n').fail(`read ${group}/cgroup.procs`, 'ENODEV');
    expect(await cgroupPids(sys, paths, 'ssh')).toBeUndefined();
  });
});

test('killCgroup() says whether the kernel can', async () => {
  const old = new FakeSys().file(`${group}/cgroup.procs`, '12\n');
  expect(await killCgroup(old, paths, 'ssh')).toBe(false);
  expect(await killCgroup(old.file(`${group}/cgroup.kill`, ''), paths, 'ssh')).toBe(true);
  expect(old.journal).toEqual([`append ${group}/cgroup.kill`]);
});

test('removeCgroup() gives back a group only when nobody is in it', async () => {
  const sys = new FakeSys()
    .dir(group)
    .file(`${paths.cgroups}/cron/cgroup.events`, 'populated 1\n')
    .file(`${group}/cgroup.events`, 'populated 0\n');
  for (const name of ['ssh', 'cron', 'none']) await removeCgroup(sys, paths, name);
  expect(sys.journal).toEqual([`remove ${group}`]);
});

test('processesOf() goes by pid files in /run without a group, if the process is not younger than its file', async () => {
  const sys = new FakeSys()
    .process({ pid: 40, startTicks: 50 })
    .process({ pid: 41, ppid: 40, startTicks: 60 })
    .process({ pid: 50, startTicks: 9000 });
  sys.file('/run/ssh.pid', '40\n').file('/run/cron.pid', '50\n').file('/run/syslogd.pid', 'x');
  const pids = async (name: string) => (await processesOf(sys, paths, name)).map(({ pid }) => pid);
  expect([await pids('ssh'), await pids('cron'), await pids('syslog')]).toEqual([[40, 41], [], []]);
});
