/** Starts the tiers: all scripts of one at once, the next one only when they have finished. */
import type { ScriptState } from '../sys/boot-state.ts';
import { emit } from '../sys/events.ts';
import { done, type PhaseResult } from '../sys/phase-result.ts';
import { eachBounded, roomFor } from './bounded.ts';
import { type BuiltIn, findBuiltIn } from './built-in-scripts.ts';
import { claimName } from './claims.ts';
import type { FstabFailure } from './fstab-scripts.ts';
import type { InitScript, Tier } from './init-script.ts';
import { openQueue, type Place } from './queue.ts';
import type { TierTrial } from './races/force/trial-control.ts';
import { scriptEnvironment } from './script-environment.ts';
import { type BrokenNeed, findBroken, hasFailures } from './script-needs.ts';
import { trimOutputs } from './script-output.ts';
import { planReport, type Report, reportEnd } from './script-report.ts';
import { runScript } from './script-run.ts';
import { patienceMs } from './script-timeouts.ts';
import { startOrder } from './shuffle.ts';
import { callHook, type TierContext, type WatchedTiers, watchTiers } from './tier-context.ts';
import { forgetFailures, holdFor, planTierHold } from './tier-failures.ts';
import { findScript, findTier, isSettled, withPlannedTiers, withScript, withTierStatus } from './tier-state.ts';

/**
 * Runs the tiers in order and leaves every outcome in the state. Can be called again at any point: what an earlier agent began is
 * joined, not begun anew. Held when a script with `X-On-Failure: hold` did not start, or too many of a tier did not; called with `retry`
 * after that, it starts those scripts again. Ends early, as done, when the signal is aborted.
 */
export async function runTiers(
  context: TierContext,
  tiers: readonly Tier[],
  options: { readonly retry?: boolean } = {},
): Promise<PhaseResult> {
  await context.update((states) => withPlannedTiers(states, tiers));
  const run = await watchTiers(context);
  for (const tier of tiers) {
    if (findTier(context.tiers(), tier.name)?.status === 'done') continue;
    if (context.signal?.aborted) return done('called off');
    if (options.retry) await forgetFailures(context, tier);
    await runTier(run, tier, await context.trial?.barrier(tier));
    if (context.signal?.aborted) return done('called off');
    const hold = planTierHold(context, tier);
    if (hold !== undefined) return holdFor(context, tier, hold);
    await context.update((states) => withTierStatus(states, tier.name, 'done'));
    await emit(context.sys, { subject: 'tier', name: tier.name, what: 'done' });
  }
  await trimOutputs(context.sys, context.paths);
  return done();
}

/**
 * In parallel first, as many as the machine takes, in their order; then the interactive ones, each alone with the console. In a trial all
 * of those it names, each in the turn that the trial gives it.
 */
async function runTier(context: WatchedTiers, tier: Tier, trial: TierTrial | undefined): Promise<void> {
  const { scripts, told } = await startOrder(context.sys, tier.name, tier.scripts, context.shuffle);
  if (findTier(context.tiers(), tier.name)?.status === 'waiting') {
    await context.update((states) => withTierStatus(states, tier.name, 'running'));
    const data = { scripts: scripts.map(({ name }) => name) };
    await emit(context.sys, { subject: 'tier', name: tier.name, what: 'started', data, ...(told !== undefined && { detail: told }) });
  }
  const isOpen = (name: string): boolean => !isSettled(findScript(context.tiers(), tier.name, name) ?? { name, status: 'waiting' });
  const open = scripts.filter(({ name }) => isOpen(name) && (trial?.runs(name) ?? true));
  const together = open.filter(({ header }) => trial !== undefined || !header.interactive);
  const queue = openQueue();
  const start = async (script: InitScript): Promise<void> => {
    await trial?.turn(script.name);
    if (!context.signal?.aborted)
      await startScript({ ...context, queue, tierTrial: trial }, tier, script).finally(() => trial?.ended(script.name));
  };
  await eachBounded(together, trial === undefined ? context.room : roomFor(Number.POSITIVE_INFINITY), start);
  for (const script of open) if (!together.includes(script)) await start(script);
}

interface QueuedTiers extends WatchedTiers {
  readonly tierTrial: TierTrial | undefined;
  readonly queue: () => Place;
}

interface PlacedTiers extends WatchedTiers {
  readonly tierTrial: TierTrial | undefined;
  readonly place: Place;
}

/** In its turn, and only if an operator has not started it meanwhile. */
async function startScript(context: QueuedTiers, tier: Tier, script: InitScript): Promise<void> {
  const { turns = (_: string, work: () => Promise<void>) => work() } = context;
  await turns(script.name, async () => {
    const row = findScript(context.tiers(), tier.name, script.name);
    if (row !== undefined && isSettled(row)) return;
    // After the operator: nobody waits for an action by hand of another script.
    const place = context.queue();
    await settleScript({ ...context, place }, tier, script).finally(place.leave);
  });
}

/** Brings one script to its outcome. Never throws for what the script does. */
async function settleScript(context: PlacedTiers, tier: Tier, script: InitScript): Promise<void> {
  const { sys, root } = context;
  const { name } = script;
  const settle = async (status: 'skipped' | 'built-in' | 'failed', detail: string, more: Partial<ScriptState> = {}): Promise<void> => {
    await context.update((states) => withScript(states, tier.name, name, { status, detail, ...more }));
    await emit(sys, { subject: 'script', name, what: status, detail, data: { tier: tier.name, ...more } });
  };
  if (script.skip !== undefined) return settle('skipped', script.skip);
  if (context.skip.includes(name)) return settle('skipped', 'named in scripts.skip');
  // What cannot be looked at is not replaced, and a side effect that fails holds no boot.
  const builtIn = await findBuiltIn(sys, name, 'start', root, context.fstab).catch(() => undefined);
  if (builtIn !== undefined) {
    context.place.leave();
    const failure = await applyBuiltIn(context, builtIn, script);
    return failure === undefined ? settle('built-in', builtIn.why) : settle('failed', failure);
  }
  const broken = await findBrokenNeed(context, name);
  if (broken !== undefined && context.failedNeed === 'skip') {
    return settle('skipped', `needs ${broken.why}`, { blockedBy: broken.provider });
  }
  await runAndReport(context, tier, script, broken);
}

/** Nobody reads the facilities of a boot in which nothing fails. */
async function findBrokenNeed({ tiers, needs }: TierContext, script: string): Promise<BrokenNeed | undefined> {
  return needs !== undefined && hasFailures(tiers()) ? findBroken(script, await needs(), tiers()) : undefined;
}

/** Resolves with what did not work; the evidence goes where a script's own words would be. */
async function applyBuiltIn(context: WatchedTiers, builtIn: BuiltIn, script: InitScript): Promise<string | undefined> {
  const { sys, paths, root, fstab } = context;
  let failure: FstabFailure | undefined;
  const apply = async (): Promise<void> => {
    failure = await builtIn.apply?.(sys, root, fstab);
    if (failure !== undefined)
      await sys.writeAtomic(`${paths.output}/${claimName(script.name, 'start')}`, `${failure.evidence.join('\n')}\n`);
  };
  await callHook(context, apply, script);
  return failure?.why;
}

async function runAndReport(context: PlacedTiers, tier: Tier, script: InitScript, broken: BrokenNeed | undefined): Promise<void> {
  const { sys, paths } = context;
  const { name, path, header } = script;
  const set = (patch: Partial<ScriptState>) => context.update((states) => withScript(states, tier.name, name, patch));
  const trial = context.tierTrial;
  const timeoutMs = (header.timeoutStartMs ?? Math.max(patienceMs(name), context.timeoutMs)) + (trial?.moreMs(name) ?? 0);
  const joined = (await sys.facts(`${paths.scripts}/${claimName(name, 'start')}`)) !== undefined;
  if (joined) context.place.leave();
  await context.place.turn;
  if (!joined) await callHook(context, context.beforeScript, script);
  await set({ status: 'starting', startedMs: sys.uptimeMs() });
  const env = { ...scriptEnvironment(tier.runlevel, context.previousLevel, context.boot), ...(await trial?.environment(name)) };
  const job = { name, path, action: 'start', timeoutMs, env, interactive: header.interactive, ready: header.ready } as const;
  const end = await runScript(context, job, async () => {
    const data = { tier: tier.name, timeoutMs, ...(broken !== undefined && { without: broken.provider }) };
    await emit(sys, { subject: 'script', name, what: 'started', data });
    context.place.leave();
  });
  const ended = planReport(end, 'start', timeoutMs);
  if (ended === undefined) return;
  const report = withNeed(ended, broken);
  await callHook(context, context.afterScript, script);
  const { row } = await reportEnd(sys, paths, { name, tier: tier.name, action: 'start' }, end, report);
  await set(row);
}

/** A failure may come of what was not there. */
function withNeed(report: Report, broken: BrokenNeed | undefined): Report {
  if (broken === undefined || (report.status !== 'failed' && report.status !== 'timed-out')) return report;
  return { ...report, detail: [report.detail, `it needs ${broken.why}`].filter((text) => text !== undefined).join('; ') };
}
