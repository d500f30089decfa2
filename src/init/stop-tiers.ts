/** Stops what was started, in reverse, on the way down. Nothing here stops the way down: what fails is told. */
import type { ScriptState } from '../sys/boot-state.ts';
import { emit } from '../sys/events.ts';
import { done, type PhaseResult } from '../sys/phase-result.ts';
import { eachBounded } from './bounded.ts';
import { findBuiltIn } from './built-in-scripts.ts';
import type { InitScript, Tier } from './init-script.ts';
import { isPopulated, removeCgroup } from './processes/cgroup.ts';
import { processesOf } from './processes/script-processes.ts';
import { describeMembers } from './processes/session.ts';
import { RC_LOCAL } from './rc-local.ts';
import { readTiers } from './read-tiers.ts';
import { scriptEnvironment } from './script-environment.ts';
import { planReport, type Report, reportEnd } from './script-report.ts';
import { runScript } from './script-run.ts';
import { callHook, type TierContext, type WatchedTiers, watchTiers } from './tier-context.ts';
import { type Tiers, withScript } from './tier-state.ts';

export type DownLevel = '0' | '6';

/** So many processes are named in the detail. */
const LEFT_SHOWN = 3;
const LEAVING_POLL_MS = 50;
const LEAVING_LOOKS = 8;

interface StoppingTiers extends WatchedTiers {
  /** The run level that is left. */
  readonly bootLevel: string;
}

/**
 * Stops tier by tier: by the K links (then the S links, which mean `stop` there, too) of rc0.d or rc6.d; without such links what
 * was started, in reverse. `started` are the tiers of the way up with their scripts. Can be called again after a crash.
 */
export async function stopTiers(context: TierContext, level: DownLevel, started: readonly Tier[], bootLevel: string): Promise<PhaseResult> {
  return stopInOrder(context, await planStop(context, level, started), bootLevel);
}

/** Stops these scripts, tier by tier. `previous` is the run level that is left. */
export async function stopInOrder(context: TierContext, plan: readonly Tier[], previous: string): Promise<PhaseResult> {
  const run = { ...(await watchTiers(context)), bootLevel: previous };
  const failed: string[] = [];
  for (const tier of plan) {
    if (context.signal?.aborted) return done('called off');
    await emit(context.sys, { subject: 'tier', name: tier.name, what: 'started', data: { scripts: tier.scripts.map(({ name }) => name) } });
    await eachBounded(tier.scripts, context.room, async (script) => {
      const name = await inTurn(run, script, () => stopScript(run, tier, script));
      if (name !== undefined) failed.push(name);
    });
    await emit(context.sys, { subject: 'tier', name: tier.name, what: 'done' });
  }
  return failed.length === 0 ? done() : done(`not stopped: ${failed.join(', ')}`);
}

async function planStop({ sys, root, tiers }: TierContext, level: DownLevel, started: readonly Tier[]): Promise<readonly Tier[]> {
  const name = `rc${level}.d`;
  const directories = (['K', 'S'] as const).map((letter) => ({ name, letter, runlevel: level }));
  const { tiers: links } = await readTiers(sys, directories, { root });
  return links.length > 0 ? links : runningTiers(started, tiers(), level);
}

/** The tiers of the way up backwards, with the scripts that are, or may be, running. */
function runningTiers(started: readonly Tier[], states: Tiers, level: DownLevel): readonly Tier[] {
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
      // It has no stop, and would run once more.
      return { name: tier.name, runlevel: level, scripts: tier.scripts.filter(({ name, path }) => running.has(name) && path !== RC_LOCAL) };
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
  await context.update((states) => withStatus(states, name, { status: 'stopping' }));
  const env = scriptEnvironment(tier.runlevel, context.bootLevel, context.boot);
  const end = await runScript(context, { name, path, action: 'stop', timeoutMs, env, interactive: false }, () =>
    emit(sys, { subject: 'script', name, what: 'stopping', quiet: true, data: { tier: tier.name, timeoutMs } }),
  );
  const ended = planReport(end, 'stop', timeoutMs);
  if (ended === undefined) return name;
  const report = withLeftovers(ended, await leftovers(context, name));
  await reportEnd(sys, paths, { name, tier: tier.name, action: 'stop' }, end, report);
  const stopped = report.status === 'stopped';
  const { status, detail } = report;
  await context.update((states) => withStatus(states, name, { status, ...(detail !== undefined && { detail }) }));
  await callHook(context, context.afterScript, script);
  return stopped ? undefined : name;
}

/** Who of the script still lives after its stop. They are told of, and end with everything else: the stop has said that it is done. */
async function leftovers({ sys, paths }: StoppingTiers, script: string): Promise<readonly string[]> {
  let populated = await isPopulated(sys, paths, script);
  // Who was sent TERM last may yet be on the way out.
  for (let look = 0; populated === true && look < LEAVING_LOOKS; look += 1) {
    await sys.sleep(LEAVING_POLL_MS);
    populated = await isPopulated(sys, paths, script);
  }
  await removeCgroup(sys, paths, script);
  return populated === true ? describeMembers(await processesOf(sys, paths, script)) : [];
}

function withLeftovers(report: Report, left: readonly string[]): Report {
  if (report.status !== 'stopped' || left.length === 0) return report;
  const more = left.length > LEFT_SHOWN ? ` and ${left.length - LEFT_SHOWN} more` : '';
  const still = `still there: ${left.slice(0, LEFT_SHOWN).join(', ')}${more}`;
  return { ...report, detail: report.detail === undefined ? still : `${report.detail}; ${still}` };
}

/** In whatever tier of the way up the script is. */
function withStatus(states: Tiers, script: string, patch: Partial<ScriptState>): Tiers {
  return states.reduce((changed, tier) => withScript(changed, tier.name, script, patch), states);
}
