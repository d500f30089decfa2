/** The root phases of `fsck`, given what this boot knows: configuration, kernel options, and how the phase before ended. */
import { checkRoot, verifyChecked as verifyCheck } from '../fsck/check-root.ts';
import { enterRoot, verifyEntered as verifyEnter } from '../fsck/enter-root.ts';
import { mountRoot, verifyMounted as verifyMount } from '../fsck/mount-root.ts';
import { releaseRoot, verifyReleased as verifyRelease } from '../fsck/release-root.ts';
import { optionValue } from '../sys/cmdline.ts';
import type { PhaseResult } from '../sys/phase-result.ts';
import type { BootContext } from './boot-context.ts';
import { statusOf, withPhase } from './state-store.ts';
import { tellProblem } from './tell-problem.ts';

export function releaseRootPhase({ sys, signal }: BootContext): Promise<PhaseResult> {
  return releaseRoot(sys, { signal });
}

export function checkRootPhase({ sys, root, config, store, signal }: BootContext): Promise<PhaseResult> {
  const { mode, repair, timeout_hours } = config.fsck;
  const onProgress = ({ percent }: { readonly percent: number }) =>
    void store.update((state) => withPhase(state, 'check-root', 'running', { percent }));
  return checkRoot(sys, { root, mode, repair, signal, onProgress, timeoutMs: timeout_hours * 3_600_000 });
}

export function mountRootPhase(context: BootContext): Promise<PhaseResult> {
  const { sys, root, store, cmdline } = context;
  const rootflags = optionValue(cmdline, 'rootflags');
  return mountRoot(sys, {
    root,
    lastCheck: statusOf(store.current(), 'check-root') === 'skipped' ? 'overridden' : 'passed',
    onProblem: (problem) => void tellProblem(context, problem),
    ...(rootflags === undefined ? {} : { rootflags }),
  });
}

export function enterRootPhase({ sys }: BootContext): Promise<PhaseResult> {
  return enterRoot(sys);
}

export const verifyReleased = ({ sys }: BootContext): Promise<string | undefined> => verifyRelease(sys);
export const verifyChecked = ({ sys, root, config, signal }: BootContext): Promise<string | undefined> =>
  verifyCheck(sys, { root, signal, timeoutMs: config.fsck.timeout_hours * 3_600_000 });
export const verifyMounted = ({ sys }: BootContext): Promise<string | undefined> => verifyMount(sys);
export const verifyEntered = ({ sys }: BootContext): Promise<string | undefined> => verifyEnter(sys);
