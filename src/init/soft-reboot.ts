/** A soft reboot: the way down ends in the toolbox, and the same kernel boots the root once more, with rescue and its sessions untouched. */
import type { BootState, EndingState, PhaseState, Round } from '../sys/boot-state.ts';
import { emit } from '../sys/events.ts';
import { readMounts, standsOn, sysrootMount } from '../sys/mountinfo.ts';
import { TOOLBOX } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';
import type { BootContext } from './boot-context.ts';
import { scriptPaths } from './script-paths.ts';

/** An initramfs checked the root before this kernel's first boot, not before this one. */
const stamps = ['/run/initramfs/fsck-root', '/run/initramfs/fsck-usr'];
/** What a kernel's first boot finds empty. */
const traces = ['/run/utmp', '/run/nologin'];

/** Makes the state that of a boot which has not begun. INVARIANT: the claims of the scripts go first, so none is thought to have run. */
export async function beginRound({ sys, store }: BootContext, ending: EndingState): Promise<void> {
  for (const name of (await sys.listDir(scriptPaths.scripts)) ?? []) {
    const path = `${scriptPaths.scripts}/${name}`;
    if (path === scriptPaths.output) continue;
    await sys.remove(path).catch((error: Error) => sys.console(`lifeboot: soft reboot: ${error.message}`));
  }
  for (const stamp of [...stamps, ...traces]) await sys.remove(stamp).catch(() => undefined);
  await sys.remove(`${TOOLBOX}/verdict.json`).catch(() => undefined);
  const next = planRound(store.current(), ending, await isRootMounted(sys));
  await store.update(() => next);
  const { count, abandoned } = next.round ?? { count: 0 };
  const detail = abandoned === undefined ? `round ${count}` : `round ${count}, abandoned: ${abandoned}`;
  await emit(sys, { subject: 'boot', name: 'soft-reboot', what: abandoned === undefined ? 'done' : 'abandoned', detail });
}

/**
 * The state that the next round begins with. When the root could not be given back, its release and check are settled before they
 * begin: nothing is unmounted or checked under a holder, and everything is started again. A root that is free is checked, whatever
 * else stayed busy. Pure.
 */
export function planRound(state: BootState, { fsck = false }: EndingState, rootMounted: boolean): BootState {
  const left = state.phases.find(({ name }) => name === 'leave-root');
  const abandoned = left?.status === 'done' || !rootMounted ? undefined : (left?.detail ?? 'the root was not left');
  const round: Round = { count: (state.round?.count ?? 0) + 1, fsck, ...(abandoned === undefined ? {} : { abandoned }) };
  const settled: readonly PhaseState[] =
    abandoned === undefined ? [] : ['release-root', 'check-root'].map((name) => ({ name, status: 'skipped', detail: abandoned }));
  const overrides = abandoned === undefined ? [] : [`the soft reboot was abandoned, the root was not checked: ${abandoned}`];
  return {
    version: 1,
    agentStarts: 0,
    phases: settled,
    tiers: [],
    health: [],
    overrides,
    problems: [],
    round,
    ...(state.shutdown && { shutdown: state.shutdown }),
  };
}

async function isRootMounted(sys: Sys): Promise<boolean> {
  const mounts = await readMounts(sys);
  return standsOn(mounts) === 'root' || sysrootMount(mounts) !== undefined;
}
