/** The root phases of `fsck`, given what this boot knows: configuration, kernel options, and how the phase before ended. */
import { checkRoot, verifyChecked as verifyCheck } from '../fsck/check-root.ts';
import { enterRoot, verifyEntered as verifyEnter } from '../fsck/enter-root.ts';
import { mountRoot, verifyMounted as verifyMount } from '../fsck/mount-root.ts';
import { releaseRoot, verifyReleased as verifyRelease } from '../fsck/release-root.ts';
import { type FindOptions, findRoot, verifyFound } from '../fsck/root/find-root.ts';
import { freeCopies } from '../fsck/root/free-copies.ts';
import { readKnowledge } from '../fsck/storage/read-knowledge.ts';
import { optionValue } from '../sys/cmdline.ts';
import { emit } from '../sys/events.ts';
import { KERNEL_COMMAND_LINE } from '../sys/kernel-options.ts';
import { done, type PhaseResult } from '../sys/phase-result.ts';
import type { Problem } from '../sys/problem.ts';
import type { BootContext } from './boot-context.ts';
import type { CheckWord } from './operator.ts';
import { statusOf, withPhase } from './state-store.ts';
import { tellProblem } from './tell-problem.ts';

export async function findRootPhase(context: BootContext): Promise<PhaseResult> {
  return findRoot(context.sys, await findOptions(context));
}

export function releaseRootPhase({ sys, signal }: BootContext): Promise<PhaseResult> {
  return releaseRoot(sys, { signal });
}

/** While it runs, the operator may cancel it (the boot is held then), skip it (recorded), or bear with its silence. */
export async function checkRootPhase({ sys, root, cmdline, config, store, operator, signal }: BootContext): Promise<PhaseResult> {
  const { mode, repair, silence_hours, undo_directory } = config.fsck;
  const { round } = store.current();
  // What lay on the root was a wish for the first boot of this kernel.
  const { checkWish, ...facts } = await root();
  const stopped = new AbortController();
  let extend = (): void => undefined;
  let told: CheckWord | undefined;
  using _words = operator.attendCheck((word) => {
    if (word === 'extend') return extend();
    told = word;
    stopped.abort();
  });
  const result = await checkRoot(sys, {
    ...{
      root: round === undefined && checkWish !== undefined ? { ...facts, checkWish } : facts,
      mode: round?.fsck ? 'force' : mode,
      repair,
      rootflags: optionValue(cmdline, 'rootflags') ?? '',
      silenceMs: silence_hours * 3_600_000,
      undoDirectory: undo_directory,
    },
    signal: AbortSignal.any([signal, stopped.signal]),
    onProgress: ({ percent }) =>
      void store.update((state) => withPhase(state, 'check-root', 'running', percent === undefined ? {} : { percent })),
    onStart: (again) => {
      extend = again;
    },
  });
  if (told === undefined || result.kind === 'done') return result;
  if (told === 'cancel') return { ...result, reason: `cancelled by the operator: ${result.reason}` };
  const override = 'check-root skipped by the operator while it ran: the root may have errors';
  await store.update((state) => ({ ...state, overrides: [...state.overrides, override] }));
  return done(override);
}

export async function mountRootPhase(context: BootContext): Promise<PhaseResult> {
  const { sys, root, store, cmdline, signal } = context;
  const rootflags = optionValue(cmdline, 'rootflags');
  const { waitMs } = await findOptions(context);
  return mountRoot(sys, {
    ...{ root: await root(), waitMs, signal },
    lastCheck: statusOf(store.current(), 'check-root') === 'skipped' ? 'overridden' : 'passed',
    onProblem: (problem) => void tellProblem(context, problem),
    ...(rootflags === undefined ? {} : { rootflags }),
  });
}

export async function enterRootPhase({ sys, root }: BootContext): Promise<PhaseResult> {
  const result = await enterRoot(sys);
  if (result.kind === 'held' || (await root()).mode === 'root') return result;
  const said = await freeCopies(sys);
  return done([result.detail, said].filter(Boolean).join('; '));
}

/** initramfs-tools and dracut read `rootdelay=` as the longest they wait; the kernel's `rootwait` may have a limit, too. */
async function findOptions(context: BootContext): Promise<FindOptions> {
  const { sys, root, cmdline, config, signal } = context;
  const seconds = (name: string): number => {
    const value = optionValue(cmdline, name) ?? '';
    if (/^\d{1,6}$/.test(value)) return Number(value);
    const problem = { file: KERNEL_COMMAND_LINE, value: `${name}=${value}`, message: 'is no time', accepted: 'whole seconds' };
    if (value !== '') void tellProblem(context, problem);
    return 0;
  };
  const waitMs = Math.max(config.boot.root_wait_seconds, seconds('rootdelay'), seconds('rootwait')) * 1000;
  return {
    ...{ root: await root(), known: await readKnowledge(sys, cmdline), waitMs, signal },
    rootfstype: optionValue(cmdline, 'rootfstype') ?? '',
    waitsOn: optionValue(cmdline, 'rootwait') === '',
    onDegraded: (problem) => void tellDegraded(context, problem),
  };
}

/** Not to be overlooked: on the console, in the events, and in `lifeboot status` for as long as this boot lasts. */
async function tellDegraded(context: BootContext, problem: Problem): Promise<void> {
  await emit(context.sys, { subject: 'phase', name: 'find-root', what: 'degraded', detail: `${problem.file} ${problem.message}` });
  await tellProblem(context, problem);
}

export const verifyFoundRoot = async (context: BootContext): Promise<string | undefined> =>
  verifyFound(context.sys, await findOptions(context));
export const verifyReleased = ({ sys }: BootContext): Promise<string | undefined> => verifyRelease(sys);
export const verifyChecked = async ({ sys, root, config, signal }: BootContext): Promise<string | undefined> =>
  verifyCheck(sys, { root: await root(), signal, silenceMs: config.fsck.silence_hours * 3_600_000 });
export const verifyMounted = ({ sys }: BootContext): Promise<string | undefined> => verifyMount(sys);
export const verifyEntered = ({ sys }: BootContext): Promise<string | undefined> => verifyEnter(sys);
