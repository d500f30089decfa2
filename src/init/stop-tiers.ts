/** Stops what was started, in reverse, on the way down. Nothing here stops the way down: what fails is told. */
import type { ScriptState } from '../sys/boot-state.ts';
import { emit } from '../sys/events.ts';
import { done, type PhaseResult } from '../sys/phase-result.ts';
import { findBuiltIn } from './built-in-scripts.ts';
import { watchEnded } from './ended-watch.ts';
import type { InitScript, Tier } from './init-script.ts';
import { readTiers } from './read-tiers.ts';
import { scriptEnvironment } from './script-environment.ts';
import { planReport, reportEnd } from './script-report.ts';
import { runScript } from './script-run.ts';
import { callHook, type TierContext, type WatchedTiers } from './tier-context.ts';
import type { Tiers } from './tier-state.ts';

export type DownLevel = '0' | '6';

interface StoppingTiers extends WatchedTiers {
  /** The run level that is left. */
  readonly bootLevel: string;
}

/**
 * Stops tier by tier: by the K links (then the S links, which mean `stop` there, too) of rc0.d or rc6.d; without such links what
 * was started, in reverse. `started` are the tiers of the way up with their scripts. Can be called again after a crash.
 */
export async function stopTiers(context: TierContext, level: DownLevel, started: readonly Tier[], bootLevel: string): Promise<PhaseResult> {
  const run = { ...context, watch: watchEnded(context.sys, context.paths, context.signal), bootLevel };
  const plan = await planStop(context, level, started);
  const failed: string[] = [];
  for (const tier of plan) {
    if (context.signal?.aborted) return done('called off');
    await emit(context.sys, { subject: 'tier', name: tier.name, what: 'started', data: { scripts: tier.scripts.map(({ name }) => name) } });
    const ends = await Promise.all(tier.scripts.map((script) => inTurn(run, script, () => stopScript(run, tier, script))));
    failed.push(...ends.filter((name) => name !== undefined));
    await emit(context.sys, { subject: 'tier', name: tier.name, what: 'done' });
  }
  return failed.length === 0 ? done() : done(`not stopped: ${failed.join(', ')}`);
}

async function planStop({ sys, root, tiers }: TierContext, level: DownLevel, started: readonly Tier[]): Promise<readonly Tier[]> {
  const name = `rc${level}.d`;
  const directories = (['K', 'S'] as const).map((letter) => ({ name, letter, runlevel: level }));
  const { tiers: links } = await readTiers(sys, directories, { root });
  return links.length > 0 ? links : reverseTiers(started, tiers(), level);
}

/** The tiers of the way up backwards, with the scripts that are, or may be, running. */
function reverseTiers(started: readonly Tier[], states: Tiers, level: DownLevel): readonly Tier[] {
  const mayRun = (row: ScriptState): boolean => ['starting', 'started', 'failed', 'timed-out'].includes(row.status);
  return started
    .toReversed()
    .map((tier) => {
      const running = new Set(
        states
          .find(({ name }) => name === tier.name)
          ?.scripts.filter(mayRun)
          .map(({ name }) => name),
      );
      return { name: tier.name, runlevel: level, scripts: tier.scripts.filter(({ name }) => running.has(name)) };
    })
    .filter(({ scripts }) => scripts.length > 0);
}

/** An operator's action of the script is waited for; it has a deadline of its own. */
function inTurn<T>({ turns }: TierContext, { name }: InitScript, work: () => Promise<T>): Promise<T> {
  return turns === undefined ? work() : turns(name, work);
}

/** Resolves with its name when it did not stop. */
async function stopScript(context: StoppingTiers, tier: Tier, script: InitScript): Promise<string | undefined> {
  const { sys, paths, root } = context;
  const { name, path, header } = script;
  if (script.skip !== undefined || context.skip.includes(name)) return undefined;
  const builtIn = await findBuiltIn(sys, name, 'stop', root);
  if (builtIn !== undefined) {
    await emit(sys, { subject: 'script', name, what: 'built-in', detail: builtIn.why, data: { tier: tier.name } });
    return undefined;
  }
  await callHook(context, context.beforeScript, script);
  const timeoutMs = header.timeoutStopMs ?? context.timeoutMs;
  await context.update((states) => withStatus(states, name, 'stopping'));
  const env = scriptEnvironment(tier.runlevel, context.bootLevel);
  const end = await runScript(context, { name, path, action: 'stop', timeoutMs, env, interactive: false }, () =>
    emit(sys, { subject: 'script', name, what: 'stopping', quiet: true, data: { tier: tier.name, timeoutMs } }),
  );
  const report = planReport(end, 'stop', timeoutMs);
  if (report === undefined) return name;
  await reportEnd(sys, paths, { name, tier: tier.name, action: 'stop' }, end, report);
  const stopped = report.status === 'stopped' || report.status === 'skipped';
  await context.update((states) => withStatus(states, name, stopped ? 'stopped' : report.status));
  await callHook(context, context.afterScript, script);
  return stopped ? undefined : name;
}

/** In whatever tier of the way up the script is. */
function withStatus(states: Tiers, script: string, status: ScriptState['status']): Tiers {
  const change = (row: ScriptState): ScriptState => (row.name === script && row.status !== 'skipped' ? { ...row, status } : row);
  return states.map((tier) => ({ ...tier, scripts: tier.scripts.map(change) }));
}
