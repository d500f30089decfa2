/** The phases that start and stop the image's initscripts: which tiers, and what rescue has to do around a networking script. */
import type { BootState } from '../sys/boot-state.ts';
import { emit } from '../sys/events.ts';
import { paths } from '../sys/paths.ts';
import { done, type PhaseResult } from '../sys/phase-result.ts';
import type { Message, Sys } from '../sys/sys.ts';
import { accountBoot, accountLevel } from './accounting/account.ts';
import type { BootContext } from './boot-context.ts';
import { readBootEnvironment } from './boot-environment.ts';
import { roomFor } from './bounded.ts';
import { fstabContext } from './fstab-scripts.ts';
import type { InitScript } from './init-script.ts';
import { applyKernelMounts, guardRun } from './kernel-mounts.ts';
import { showOutputs } from './live-output.ts';
import { machineRoom } from './machine-room.ts';
import { isNetworkScript } from './network-scripts.ts';
import type { OperateContext } from './operate/operate-context.ts';
import { adoptHandRows } from './operate/operation.ts';
import { readFacilities } from './plan/read-image.ts';
import { beginWishedRecording } from './races/record/recording.ts';
import { readTiers, startDirectories } from './read-tiers.ts';
import { runTiers } from './run-tiers.ts';
import { levelOf, servicesLevel } from './runlevel/level-state.ts';
import { isEarly } from './runlevel/plan-level.ts';
import { findNeeds } from './script-needs.ts';
import { scriptPaths } from './script-paths.ts';
import { stopTiers } from './stop-tiers.ts';
import { KILL_AFTER_MS, type TierContext } from './tier-context.ts';

/** Rescue answers within milliseconds; a dead one must not delay the boot. */
const RELEASE_MS = 10_000;
const VERIFY_MS = 60_000;
const VERIFY_TRIES = 10;
const VERIFY_PAUSE_MS = 3_000;

/** `/etc/rcS.d`, after the mounts that its scripts expect. */
export async function runEarlyTiers(context: BootContext): Promise<PhaseResult> {
  for (const why of await applyKernelMounts(context.sys)) {
    await emit(context.sys, { subject: 'boot', name: 'kernel-mounts', what: 'failed', detail: why });
  }
  const tiers = await context.plannedTiers({ fresh: context.retry });
  await beginWishedRecording(context);
  const result = await whileShown(context, () =>
    runTiers({ ...startContext(context), trial: context.trial }, tiers.filter(isEarly), { retry: context.retry }),
  );
  await guardRun(context.sys);
  // Wishes for one boot, which has had its checks.
  for (const flag of ['/forcefsck', '/fastboot']) await context.sys.remove(flag).catch(() => undefined);
  return result;
}

/** `/etc/rcN.d` of the run level. */
export async function runLateTiers(context: BootContext): Promise<PhaseResult> {
  await accountUp(context);
  if (levelOf(context.store.current(), context.config.scripts.runlevel).current === 'S') return done('single user: none of them');
  const tiers = await context.plannedTiers({ fresh: context.retry });
  const late = tiers.filter((tier) => !isEarly(tier));
  const result = await whileShown(context, () =>
    runTiers({ ...startContext(context), trial: context.trial }, late, { retry: context.retry }),
  );
  await context.trial?.barrier();
  return result;
}

/** The operator goes on in spite of a script that holds the boot: its tier counts as done, the next one starts. */
export function passHeldTier({ tiers, ...state }: BootState): BootState {
  return { ...state, tiers: tiers.map((tier) => (tier.status === 'running' ? { ...tier, status: 'done' } : tier)) };
}

/** As init(8) between rcS.d and the first run level. */
async function accountUp({ sys, store, config }: BootContext): Promise<void> {
  const { round, phases } = store.current();
  const runlevel = levelOf(store.current(), config.scripts.runlevel);
  await store.update((state) => ({ ...state, runlevel: levelOf(state, config.scripts.runlevel) }));
  await accountBoot(sys, round === undefined ? 0 : (phases.find(({ startedMs }) => startedMs !== undefined)?.startedMs ?? sys.uptimeMs()));
  await accountLevel(sys, runlevel.current, runlevel.previous);
}

/** The way down. Scripts of a root that was never entered were never started. */
export async function stopAllTiers(context: BootContext): Promise<PhaseResult> {
  if (context.store.current().tiers.length === 0) return done('no script was started');
  const { current } = levelOf(context.store.current(), context.config.scripts.runlevel);
  const level = ['reboot', 'soft-reboot'].includes(context.operator.ending()?.kind ?? '') ? '6' : '0';
  await accountLevel(context.sys, level, current);
  // The links of the way down do not need them: a root that cannot be read any more must not keep the K scripts from running.
  const started = await context.plannedTiers().catch(() => []);
  return whileShown(context, () => stopTiers(stopContext(context), level, started, current));
}

/** What scripts say meanwhile goes to the console, too, where that is wished for. */
async function whileShown({ sys, config }: BootContext, work: () => Promise<PhaseResult>): Promise<PhaseResult> {
  if (!config.console.verbose) return work();
  await using _shown = await showOutputs(sys, scriptPaths);
  return await work();
}

/** For actions by hand, on the way up and after it. */
export function operateContext(context: BootContext): OperateContext {
  const { sys, store, operations, operator, config } = context;
  return {
    ...startContext(context),
    // No phase's deadline ends them.
    signal: operator.endingSignal,
    operations,
    startTimeoutMs: config.scripts.start_timeout_seconds * 1000,
    stopTimeoutMs: config.scripts.stop_timeout_seconds * 1000,
    state: () => store.current(),
    change: (change) => store.update(change),
    tiersNow: async () => (await readTiers(sys, startDirectories(servicesLevel(store.current(), config.scripts.runlevel)))).tiers,
  };
}

/** Scripts are ended by their own timeouts; the signal only bounds the whole. */
export const stopContext = (context: BootContext): TierContext =>
  tierContext(context, context.config.scripts.stop_timeout_seconds, { afterScript: (script) => reopenDoor(context, script) });

export function startContext(context: BootContext): TierContext {
  return tierContext(context, context.config.scripts.start_timeout_seconds, {
    fstab: fstabContext(context),
    shuffle: context.cmdline.shuffle,
    needs: async () => findNeeds(await context.plannedTiers(), await readFacilities(context.sys, '')),
    beforeScript: (script) => letNetworkGo(context, script),
    afterScript: (script) => keepDoorOpen(context, script),
  });
}

function tierContext(
  context: BootContext,
  timeoutSeconds: number,
  hooks: Pick<TierContext, 'beforeScript' | 'afterScript' | 'fstab' | 'needs' | 'shuffle'>,
): TierContext {
  const { sys, store, config, operations, signal } = context;
  return {
    sys,
    signal,
    paths: scriptPaths,
    root: '',
    timeoutMs: timeoutSeconds * 1000,
    killAfterMs: KILL_AFTER_MS,
    environment: () => readBootEnvironment(sys, ''),
    room: config.scripts.parallel === 'auto' ? machineRoom(sys) : roomFor(config.scripts.parallel),
    tierFailures: config.scripts.tier_failures,
    failedNeed: config.scripts.failed_need,
    skip: config.scripts.skip,
    tiers: () => store.current().tiers,
    turns: operations.turns,
    update: (change) => store.update((state) => adoptHandRows({ ...state, tiers: change(state.tiers) })),
    ...hooks,
  };
}

/** ifupdown and its like refuse to set an address that is there already: rescue gets its own out of the way first. */
async function letNetworkGo({ sys }: BootContext, script: InitScript): Promise<void> {
  if (!isNetworkScript(script)) return;
  await sys.request(paths.rescueControl, { op: 'release-network', script: script.name }, RELEASE_MS);
}

/**
 * Whatever the machine's own networking has done: when no address is left, rescue puts its own back. The tiers do not wait for
 * it: rescue takes seconds to be sure, and tells by an event of its own.
 */
function keepDoorOpen({ sys }: BootContext, script: InitScript): Promise<void> {
  if (!isNetworkScript(script)) return Promise.resolve();
  void askUntilAnswered(sys, { op: 'verify-network' }, VERIFY_TRIES).catch((error: unknown) => tellUnverified(sys, script, error));
  return Promise.resolve();
}

/**
 * On the way down nothing brings an address any more: rescue need not look twice, and what follows waits for it, because the
 * rest may take less than a client needs to notice. A rescue that is dead costs nothing.
 */
async function reopenDoor({ sys }: BootContext, script: InitScript): Promise<void> {
  if (!isNetworkScript(script)) return;
  const verified = sys.request(paths.rescueControl, { op: 'verify-network', waitMs: 0 }, RELEASE_MS);
  await verified.catch((error: unknown) => tellUnverified(sys, script, error));
}

function tellUnverified(sys: Sys, script: InitScript, error: unknown): Promise<void> {
  const detail = error instanceof Error ? error.message : String(error);
  return emit(sys, { subject: 'network', name: script.name, what: 'unverified', detail });
}

/** Rescue may just be coming back from a crash. */
async function askUntilAnswered(sys: Sys, message: Message, tries: number): Promise<void> {
  for (let left = tries - 1; ; left--) {
    try {
      await sys.request(paths.rescueControl, message, VERIFY_MS);
      return;
    } catch (error) {
      if (left <= 0) throw error;
      await sys.sleep(VERIFY_PAUSE_MS);
    }
  }
}
