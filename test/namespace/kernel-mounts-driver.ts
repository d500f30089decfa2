/** Applies the kernel mounts twice to the mount namespace it is started in, on an empty /run and /etc, and prints what came of it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readlinkSync } from 'node:fs';
import { applyKernelMounts } from '../../src/init/kernel-mounts.ts';
import { createLinuxSys } from '../../src/sys/linux.ts';
import { mountAt, readMounts } from '../../src/sys/mountinfo.ts';

const [, , devDirectory = ''] = process.argv;
for (const path of ['/run', '/etc', devDirectory]) execFileSync('mount', ['-t', 'tmpfs', 'test', path]);
// Whatever starts a program without input opens it.
execFileSync('mknod', ['-m', '666', `${devDirectory}/null`, 'c', '1', '3']);
execFileSync('mount', ['--bind', devDirectory, '/dev']);
mkdirSync('/run/lifeboot');
const sys = createLinuxSys();
const failures = [await applyKernelMounts(sys)];
const mounts = await readMounts(sys);
failures.push(await applyKernelMounts(sys));
const changed = JSON.stringify(await readMounts(sys)) !== JSON.stringify(mounts);
const points = ['/run/lock', '/dev/shm', '/dev/pts', '/run/lifeboot/scripts/output', '/run/lifeboot/cgroup'];
process.stdout.write(
  JSON.stringify({
    failures,
    types: points.map((point) => mountAt(mounts, point)?.fsType),
    changed,
    links: ['/dev/fd', '/dev/stdin', '/run/shm', '/etc/mtab'].map((path) => readlinkSync(path)),
    marked: existsSync('/run/.tmpfs'),
  }),
);
