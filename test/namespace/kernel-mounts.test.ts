import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('applyKernelMounts() makes bare /run and /dev fit for initscripts, and a second time changes nothing', () => {
  const dev = mkdtempSync(join(tmpdir(), 'lifeboot-dev-'));
  const driver = `${import.meta.dirname}/kernel-mounts-driver.ts`;
  const argv = ['--mount', '--propagation', 'private', process.execPath, driver, dev];
  let printed = '';
  try {
    printed = execFileSync('unshare', argv, { encoding: 'utf8', timeout: 30_000, stdio: ['ignore', 'pipe', 'inherit'] });
  } finally {
    rmdirSync(dev);
  }
  expect(JSON.parse(printed)).toEqual({
    failures: [[], []],
    types: ['tmpfs', 'tmpfs', 'devpts', 'tmpfs', 'cgroup2'],
    changed: false,
    links: ['/proc/self/fd', 'fd/0', '/dev/shm', '/proc/mounts'],
    marked: true,
  });
});
