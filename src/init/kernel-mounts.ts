/** Mounts what every script expects below /run, /dev and /sys: the work of mountkernfs.sh and mountdevsubfs.sh. */
import { posix } from 'node:path';
import { kernelOptions } from '../fsck/fstab.ts';
import { type Mount, mountAt, readMounts } from '../sys/mountinfo.ts';
import type { Sys } from '../sys/sys.ts';
import { hasDefaultTmpfs, readFstab } from './built-in-scripts.ts';
import { outputMount, type ScriptPaths, scriptPaths } from './script-paths.ts';

interface KernelMount {
  readonly point: string;
  readonly fsType: string;
  readonly options: string;
  /** Made when missing; without it a missing mount point means that the kernel has no such filesystem. */
  readonly mode?: number;
}

/** Options and sizes as Debian's scripts have them. */
const kernelMounts: readonly KernelMount[] = [
  { point: '/run/lock', fsType: 'tmpfs', options: 'nodev,noexec,nosuid,size=5242880,mode=1777', mode: 0o755 },
  { point: '/dev/shm', fsType: 'tmpfs', options: 'nosuid,nodev,noexec,size=20%,mode=1777', mode: 0o755 },
  { point: '/dev/pts', fsType: 'devpts', options: 'noexec,nosuid,gid=5,mode=620,ptmxmode=0666', mode: 0o755 },
  { point: '/sys/kernel/security', fsType: 'securityfs', options: 'nodev,noexec,nosuid' },
  { point: '/sys/fs/pstore', fsType: 'pstore', options: 'nodev,noexec,nosuid' },
  { point: '/sys/firmware/efi/efivars', fsType: 'efivarfs', options: 'nodev,noexec,nosuid' },
];

const links: readonly { readonly path: string; readonly target: string }[] = [
  { path: '/dev/fd', target: '/proc/self/fd' },
  { path: '/dev/stdin', target: 'fd/0' },
  { path: '/dev/stdout', target: 'fd/1' },
  { path: '/dev/stderr', target: 'fd/2' },
  { path: '/run/shm', target: '/dev/shm' },
  { path: '/etc/mtab', target: '/proc/mounts' },
];

const STEP_MS = 10_000;

/**
 * Makes the root a place where initscripts can run. Mounts and links that are there stay as they are, so that it can be called
 * again. Resolves with one sentence for each thing that failed: none of them stops a boot.
 */
export async function applyKernelMounts(sys: Sys, paths: ScriptPaths = scriptPaths): Promise<readonly string[]> {
  const mounts = await readMounts(sys);
  const ownTmpfs = await hasDefaultTmpfs(sys, '');
  const wanted = kernelMounts.filter(({ point, fsType }) => mountAt(mounts, point) === undefined && (fsType !== 'tmpfs' || ownTmpfs));
  for (const path of [paths.scripts, paths.output]) await sys.makeDir(path, 0o700);
  const failed = await Promise.all([
    ...(mountAt(mounts, paths.output) === undefined ? [step(sys, outputMount(paths))] : []),
    applyCgroups(sys, mounts, paths),
    ...wanted.map((mount) => applyMount(sys, mount)),
    ...(await fstabRemounts(sys, mounts)).map((argv) => step(sys, argv)),
    ...links.map((link) => applyLink(sys, link)),
  ]);
  // sendsigs and bootclean of Debian look at these; an unmarked /run is *emptied* by bootclean, the toolbox in it, too.
  await sys.makeDir('/run/sendsigs.omit.d', 0o755);
  await guardRun(sys);
  return failed.filter((why) => why !== undefined);
}

/** Marks /run as a tmpfs that needs no cleaning. bootmisc.sh removes the mark: set it again after the early tiers. */
export async function guardRun(sys: Sys): Promise<void> {
  await sys.writeAtomic('/run/.tmpfs', '', 0o644);
}

async function applyMount(sys: Sys, { point, fsType, options, mode }: KernelMount): Promise<string | undefined> {
  if (mode !== undefined) await sys.makeDir(point, mode);
  else if ((await sys.facts(point)) === undefined) return undefined;
  return step(sys, ['mount', '-n', '-t', fsType, '-o', options, fsType, point]);
}

/**
 * The groups of the scripts. What is mounted already is bound, since a second mount of the hierarchy would change the options of the first.
 */
async function applyCgroups(sys: Sys, mounts: readonly Mount[], { cgroups }: ScriptPaths): Promise<string | undefined> {
  const point = posix.dirname(cgroups);
  if (mountAt(mounts, point) === undefined) {
    if (!/\tcgroup2$/m.test((await sys.readText('/proc/filesystems')) ?? '')) return undefined;
    const other = mounts.find(({ fsType, root }) => fsType === 'cgroup2' && root === '/');
    const how = other === undefined ? ['-t', 'cgroup2', '-o', 'nosuid,nodev,noexec', 'lifeboot-cgroup'] : ['--bind', other.mountPoint];
    await sys.makeDir(point, 0o755);
    const why = await step(sys, ['mount', '-n', ...how, point]);
    if (why !== undefined) return why;
  }
  await sys.makeDir(cgroups);
  return undefined;
}

async function applyLink(sys: Sys, { path, target }: (typeof links)[number]): Promise<string | undefined> {
  const facts = await sys.facts(path);
  // /etc/mtab of old images is a file that nobody keeps up to date any more.
  if (facts !== undefined && (facts.kind !== 'file' || path !== '/etc/mtab')) return undefined;
  return step(sys, ['ln', '-sfn', target, path]);
}

/** What fstab wants of mounts that stand already: checkroot.sh remounted them, and so hidepid=, size= … came to count. */
async function fstabRemounts(sys: Sys, mounts: readonly Mount[]): Promise<readonly (readonly string[])[]> {
  const points = ['/proc', '/sys', '/run', ...kernelMounts.map(({ point }) => point)];
  const entries = (await readFstab(sys, '')).filter(({ mountPoint }) => points.includes(mountPoint) && mountAt(mounts, mountPoint));
  return entries
    .map(({ mountPoint, options }) => ({ mountPoint, options: kernelOptions(options) }))
    .filter(({ options }) => options.length > 0)
    .map(({ mountPoint, options }) => ['mount', '-n', '-o', `remount,${options.join(',')}`, mountPoint]);
}

async function step(sys: Sys, argv: readonly string[]): Promise<string | undefined> {
  try {
    const ran = await sys.run(argv, { timeoutMs: STEP_MS });
    return ran.code === 0 ? undefined : `${argv.join(' ')}: ${ran.timedOut ? 'not done in time' : ran.stderr.trim() || `exit ${ran.code}`}`;
  } catch (error) {
    return `${argv.join(' ')}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
