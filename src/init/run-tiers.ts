/** Starts the tiers: all scripts of one at once, the next one only when they have finished. */
import type { ScriptState } from '../sys/boot-state.ts';
import { emit } from '../sys/events.ts';
import { done, held, type PhaseResult } from '../sys/phase-result.ts';
import { type BuiltIn, findBuiltIn } from './built-in-scripts.ts';
import { claimName, forgetRun } from './claims.ts';
import { watchEnded } from './ended-watch.ts';
import { type FstabFailure, fstabScripts } from './fstab-scripts.ts';
import type { InitScript, Tier } from './init-script.ts';
import { readSnapshot } from './processes/snapshot.ts';
import { scriptEnvironment } from './script-environment.ts';
import { lastLines, trimOutputs } from './script-output.ts';
import { planReport, reportEnd } from './script-report.ts';
import { runScript } from './script-run.ts';
import { patienceMs } from './script-timeouts.ts';
import { callHook, type TierContext, type WatchedTiers } from './tier-context.ts';
import { findScript, findTier, isSettled, withPlannedTiers, withScript, withTierStatus } from './tier-state.ts';

/**
 * Runs the tiers in order and leaves every outcome in the state. Can be called again at any point: what an earlier agent began is
 * joined, not begun anew. Held when a script with `X-On-Failure: hold` did not start; called with `retry` after that, it starts those
 * scripts again. Ends early, as done, when the signal is aborted.
 */
export async function runTiers(
  context: TierContext,
  tiers: readonly Tier[],
  options: { readonly retry?: boolean } = {},
): Promise<PhaseResult> {
  await context.update((states) => withPlannedTiers(states, tiers));
  const run = { ...context, watch: watchEnded(context.sys, context.paths, context.signal) };
  for (const tier of tiers) {
    if (findTier(context.tiers(), tier.name)?.status === 'done') continue;
    if (context.signal?.aborted) return done('called off');
    if (options.retry) await forgetFailures(context, tier);
    await runTier(run, tier);
    if (context.signal?.aborted) return done('called off');
    const failed = holdingScripts(context, tier);
    if (failed.length > 0) return holdFor(context, tier, failed);
    await context.update((states) => withTierStatus(states, tier.name, 'done'));
    await emit(context.sys, { subject: 'tier', name: tier.name, what: 'done' });
  }
  await trimOutputs(context.sys, context.paths);
  return done();
}

/** In parallel first, in the order of their names; then the interactive ones, each alone with the console. */
async function runTier(context: WatchedTiers, tier: Tier): Promise<void> {
  if (findTier(context.tiers(), tier.name)?.status === 'waiting') {
    await context.update((states) => withTierStatus(states, tier.name, 'running'));
    await emit(context.sys, { subject: 'tier', name: tier.name, what: 'started', data: { scripts: tier.scripts.map(({ name }) => name) } });
  }
  const open = tier.scripts.filter(({ name }) => !isSettled(findScript(context.tiers(), tier.name, name) ?? { name, status: 'waiting' }));
  await Promise.all(open.filter(({ header }) => !header.interactive).map((script) => startScript(context, tier, script)));
  for (const script of open.filter(({ header }) => header.interactive)) {
    if (!context.signal?.aborted) await startScript(context, tier, script);
  }
}

/** In its turn, and only if an operator has not started it meanwhile. */
async function startScript(context: WatchedTiers, tier: Tier, script: InitScript): Promise<void> {
  const { turns = (_: string, work: () => Promise<void>) => work() } = context;
  await turns(script.name, async () => {
    const row = findScript(context.tiers(), tier.name, script.name);
    if (row === undefined || !isSettled(row)) await settleScript(context, tier, script);
  });
}

/** Brings one script to its outcome. Never throws for what the script does. */
async function settleScript(context: WatchedTiers, tier: Tier, script: InitScript): Promise<void> {
  const { sys, root } = context;
  const { name } = script;
  const settle = async (status: 'skipped' | 'built-in' | 'failed', detail: string): Promise<void> => {
    await context.update((states) => withScript(states, tier.name, name, { status, detail }));
    await emit(sys, { subject: 'script', name, what: status, detail, data: { tier: tier.name } });
  };
  if (script.skip !== undefined) return settle('skipped', script.skip);
  if (context.skip.includes(name)) return settle('skipped', 'named in scripts.skip');
  // What cannot be looked at is not replaced, and a side effect that fails holds no boot.
  const builtIn = await findBuiltIn(sys, name, 'start', root, context.fstab).catch(() => undefined);
  if (builtIn !== undefined) {
    const failure = await applyBuiltIn(context, builtIn, script);
    return failure === undefined ? settle('built-in', builtIn.why) : settle('failed', failure);
  }
  await runAndReport(context, tier, script);
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

async function runAndReport(context: WatchedTiers, tier: Tier, script: InitScript): Promise<void> {
  const { sys, paths } = context;
  const { name, path, header } = script;
  const set = (patch: Partial<ScriptState>) => context.update((states) => withScript(states, tier.name, name, patch));
  const timeoutMs = header.timeoutStartMs ?? Math.max(patienceMs(name), context.timeoutMs);
  const joined = (await sys.facts(`${paths.scripts}/${claimName(name, 'start')}`)) !== undefined;
  if (!joined) await callHook(context, context.beforeScript, script);
  await set({ status: 'starting', startedMs: sys.uptimeMs() });
  const job = { name, path, action: 'start', timeoutMs, env: scriptEnvironment(tier.runlevel), interactive: header.interactive } as const;
  const end = await runScript(context, job, () =>
    emit(sys, { subject: 'script', name, what: 'started', data: { tier: tier.name, timeoutMs } }),
  );
  const report = planReport(end, 'start', timeoutMs);
  if (report === undefined) return;
  await callHook(context, context.afterScript, script);
  const { row } = await reportEnd(sys, paths, { name, tier: tier.name, action: 'start' }, end, report);
  await set(row);
}

/** A failure of these must not be passed over. */
function holdingScripts({ tiers, fstab }: TierContext, tier: Tier): readonly ScriptState[] {
  return tier.scripts
    .filter(({ name, header }) => header.onFailure === 'hold' || (fstab?.onFailure === 'hold' && fstabScripts.has(name)))
    .map(({ name }) => findScript(tiers(), tier.name, name))
    .filter((row) => row !== undefined)
    .filter(({ status }) => status === 'failed' || status === 'timed-out');
}

/** Of the snapshot of a script that is held for: the file has all of it. */
const HOLD_SNAPSHOT_LINES = 12;

async function holdFor({ sys, paths }: TierContext, tier: Tier, failed: readonly ScriptState[]): Promise<PhaseResult> {
  const names = failed.map(({ name }) => name);
  const outputs = await Promise.all(names.map((name) => lastLines(sys, paths, claimName(name, 'start'), 10)));
  const snapshots = await Promise.all(failed.map(({ name }) => readSnapshot(sys, paths, claimName(name, 'start'))));
  const evidence = failed.flatMap(({ name, status, detail, snapshot }, index) => [
    `${name}: ${status}${detail === undefined ? '' : ` (${detail})`}`,
    ...(snapshot === undefined ? [] : [...(snapshots[index] ?? []).slice(0, HOLD_SNAPSHOT_LINES), `all of it: ${snapshot}`]),
    ...(outputs[index] ?? []).map((line) => `${name}: ${line}`),
  ]);
  const advice = tier.scripts
    .filter(({ name }) => names.includes(name))
    .map(({ name, path }) => ({ command: `${path} start`, does: `shows what ${name} says` }));
  return held(
    `${names.join(', ')} of ${tier.name} did not start, and ${names.every((name) => fstabScripts.has(name)) ? 'fsck.failed_filesystem' : 'X-On-Failure'} says hold`,
    evidence,
    advice,
  );
}

async function forgetFailures(context: TierContext, tier: Tier): Promise<void> {
  for (const { name } of holdingScripts(context, tier)) {
    await forgetRun(context.sys, context.paths, claimName(name, 'start'));
    await context.update((states) => withScript(states, tier.name, name, { status: 'waiting' }));
  }
}
