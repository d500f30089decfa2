import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { ownCgroup, removeCgroup } from './own-cgroup.ts';

test('applyKernelMounts() makes bare /run and /dev fit for initscripts, and a second time changes nothing', () => {
  const dev = mkdtempSync(join(tmpdir(), 'lifeboot-dev-'));
  const driver = `${import.meta.dirname}/kernel-mounts-driver.ts`;
  // A hierarchy of cgroups of its own: its root is the group that the driver is started in.
  const group = ownCgroup(basename(dev));
  const enter = group === undefined ? [] : ['sh', '-c', 'echo 0 >"$0/cgroup.procs" && exec "$@"', group];
  const [program = '', ...argv] = [...enter, 'unshare', '--mount', '--cgroup', '--propagation', 'private', process.execPath, driver, dev];
  let printed = '';
  try {
    printed = execFileSync(program, argv, { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'inherit'] });
  } finally {
    rmdirSync(dev);
    if (group !== undefined) removeCgroup(group);
  }
  expect(JSON.parse(printed)).toEqual({
    failures: [[], []],
    types: ['tmpfs', 'tmpfs', 'devpts', 'tmpfs', 'cgroup2'],
    changed: false,
    links: ['/proc/self/fd', 'fd/0', '/dev/shm', '/proc/mounts'],
    marked: true,
  });
});
