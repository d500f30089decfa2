/** Phase enter-root: makes the mounted root `/` and the toolbox `/run/lifeboot`, with every process that stands there. */
import { isWithin, type Mount, mountAt, readMounts, standsOn, sysrootMount } from '../sys/mountinfo.ts';
import { paths, SYSROOT, TOOLBOX } from '../sys/paths.ts';
import { done, type Held, held, type PhaseResult } from '../sys/phase-result.ts';
import { type Sys, SysError } from '../sys/sys.ts';
import { apiDirectories } from './api-mounts.ts';
import { gatherStragglers, pivot } from './gather-stragglers.ts';
import { busybox, heldStep, runSteps, type Step } from './step.ts';

/**
 * Enters the root: `/run /proc /sys /dev` are bound into it, pivot_root(2) swaps it with the toolbox, the leftovers below
 * `/run/lifeboot` are detached. The kernel moves the root and cwd of every process, so PID 1, agents and sessions follow.
 *
 * INVARIANT: `/run/lifeboot/bin/busybox` can be executed at every moment: what is bound is detached only after its copy is in use.
 * Killed at any point, the next call goes on from the mounts it finds.
 */
export async function enterRoot(sys: Sys): Promise<PhaseResult> {
  const mounts = await readMounts(sys);
  if (standsOn(mounts) === 'toolbox') {
    if (sysrootMount(mounts) === undefined) return held(`cannot enter the root: nothing is mounted at ${SYSROOT}`);
    const trouble = await prepareMountPoints(sys);
    if (trouble !== undefined) return trouble;
    const failed = await runSteps(sys, planEnter(mounts));
    if (failed !== undefined) return heldStep('cannot enter the root', failed);
  }
  return await tidy(sys);
}

/** Undefined when `/` is the real root. */
export async function verifyEntered(sys: Sys): Promise<string | undefined> {
  return standsOn(await readMounts(sys)) === 'root' ? undefined : 'the toolbox is still the root';
}

/**
 * Everything up to and with pivot_root, from the mounts as they are. The toolbox comes to lie on the copy of its own bind: on the way
 * down it is moved away from there, and that copy answers to `/run/lifeboot` for whoever still looks from the old root.
 */
export function planEnter(mounts: readonly Mount[]): readonly Step[] {
  const targets = apiDirectories.map((name) => `${SYSROOT}/${name}`);
  // Left by an agent that died here: bound anew, because mounts may have been made below the originals since.
  const stale = targets.filter((target) => mountAt(mounts, target) !== undefined);
  return [
    // pivot_root(2): EINVAL when the parent mount of either root is shared.
    ...(mounts.some(isShared) ? [busybox(['mount', '--make-rprivate', '/'])] : []),
    ...(stale.length > 0 ? [busybox(['umount', '-l', ...stale])] : []),
    ...apiDirectories.map((name) => busybox(['mount', '-o', 'rbind', `/${name}`, `${SYSROOT}/${name}`])),
    pivot(SYSROOT, TOOLBOX),
  ];
}

/** Detaches what the toolbox needed while it was the root. Mounts that an operator made in it stay. */
export function planTidy(mounts: readonly Mount[]): readonly Step[] {
  const tops = apiDirectories.map((name) => `${TOOLBOX}/${name}`);
  const left = tops.filter((top) => mounts.some((mount) => isWithin(mount.mountPoint, top)));
  return left.length === 0 ? [] : [busybox(['umount', '-l', ...left])];
}

async function tidy(sys: Sys): Promise<PhaseResult> {
  const mounts = await readMounts(sys);
  if (standsOn(mounts) !== 'root') return held('pivot_root said yes, but the toolbox is still the root');
  if ((await sys.facts(paths.busybox)) === undefined)
    throw new SysError('ENOENT', paths.busybox, `${paths.busybox} is out of reach after the pivot`);
  const steps = planTidy(mounts);
  const astray = steps.length > 0 ? await gatherStragglers(sys, SYSROOT, TOOLBOX) : undefined;
  if (astray !== undefined) return heldStep('cannot enter the root', astray);
  const failed = await runSteps(sys, steps);
  const root = mountAt(mounts, '/');
  const detail = `${root?.source} is the root`;
  // Untidy, but entered: nothing of the boot depends on it.
  return done(failed === undefined ? detail : `${detail}; left below ${TOOLBOX}: ${failed.stderr.trim()}`);
}

/** Each of the four must be a real directory: a symbolic link would be followed into the toolbox. */
async function prepareMountPoints(sys: Sys): Promise<Held | undefined> {
  const evidence: string[] = [];
  const advice: Held['advice'][number][] = [];
  for (const path of apiDirectories.map((name) => `${SYSROOT}/${name}`)) {
    const trouble = await prepareMountPoint(sys, path);
    if (trouble === undefined) continue;
    evidence.push(trouble);
    const aside = trouble.includes(' is a ') ? `mv ${path} ${path}.was && ` : '';
    advice.push({ command: `${aside}mkdir ${path}`, does: 'makes the mount point' });
  }
  return evidence.length === 0 ? undefined : held('cannot enter the root: it lacks mount points', evidence, advice);
}

async function prepareMountPoint(sys: Sys, path: string): Promise<string | undefined> {
  const facts = await sys.facts(path);
  if (facts?.kind === 'directory') return undefined;
  if (facts !== undefined) return `${path} is a ${facts.kind}${facts.target === undefined ? '' : ` to ${facts.target}`}, not a directory`;
  try {
    await sys.makeDir(path, 0o755);
    return undefined;
  } catch (error) {
    return `${path} is missing and cannot be made: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const isShared = (mount: Mount): boolean => mount.propagation.some((field) => field.startsWith('shared:'));
