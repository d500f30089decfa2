/** The monitor as part of the steady state: who is watched, by which rules, and how something is restarted. */
import type { Settings } from '../../sys/settings.ts';
import type { BootContext } from '../boot-context.ts';
import { operateScript } from '../operate/operate-script.ts';
import { scriptPaths } from '../script-paths.ts';
import { operateContext } from '../tier-phases.ts';
import { findDaemon } from './daemon-state.ts';
import { findDaemons } from './find-daemons.ts';
import { MONITOR } from './follow-rows.ts';
import { hasProcesses } from './has-processes.ts';
import { runMonitor } from './monitor.ts';
import type { RestartLimits } from './restart-limits.ts';
import { planWatched } from './watched.ts';

/** When so many fall within `stormWindowMs`, what ails them is not theirs. */
const storm = { stormSize: 4, stormWindowMs: 10_000, pauseMs: 30_000 } as const;

/** Watches over what was started until told to stop. */
export async function attendHealth(context: BootContext, signal: AbortSignal): Promise<void> {
  const { sys, store, config } = context;
  const scripts = (await context.plannedTiers()).flatMap((tier) => tier.scripts);
  const { tiers, health, monitor } = store.current();
  // Those of another run level are new when it is entered.
  const known = monitor?.daemons ?? [];
  const unknown = scripts.filter(({ name }) => !known.some(({ script }) => script === name));
  const found = await findDaemons(sys, scriptPaths, unknown, { rows: tiers.flatMap((tier) => tier.scripts), health });
  await store.update((state) => ({ ...state, monitor: { ...state.monitor, daemons: [...(state.monitor?.daemons ?? []), ...found] } }));
  const watched = planWatched(store.current().monitor ?? { daemons: [] }, scripts, config.health.on_unhealthy);
  await runMonitor({
    sys,
    watched,
    state: store.current,
    change: store.update,
    rules: {
      limits: restartLimits(config.health),
      policyOf: (script) => watched.find((each) => each.script === script)?.policy ?? 'ignore',
    },
    periodMs: config.health.period_seconds * 1000,
    hasProcesses: (script) => hasProcesses(sys, scriptPaths, script),
    restart: (script, count) => restart(context, script, count),
    signal,
  });
}

function restartLimits(health: Settings['health']): RestartLimits {
  return {
    ...storm,
    delayMs: health.restart_delay_seconds * 1000,
    maxDelayMs: Math.max(health.restart_delay_seconds, health.restart_delay_max_seconds) * 1000,
    limit: health.restart_limit,
    windowMs: health.restart_window_seconds * 1000,
    atOnce: health.restarts_at_once,
  };
}

/** The same ticket after a crash of the agent: what began then is joined, what ended then is not done again. */
async function restart(context: BootContext, script: string, count: number): Promise<string | undefined> {
  const { store, operations } = context;
  const ticket = `monitor ${script} ${count}`;
  const known = store.current().operations?.find((operation) => operation.ticket === ticket);
  const request = { script, action: 'restart', by: MONITOR, ticket, unless: () => notWanted(context, script) } as const;
  const end = known?.outcome ?? (await (operations.running.get(ticket) ?? operateScript(operateContext(context), request)));
  if (end === undefined) return 'the machine is on its way down';
  if ('refused' in end) return end.refused;
  return end.status === 'restarted' ? undefined : `${end.status}${end.detail === undefined ? '' : `: ${end.detail}`}`;
}

/** It may have been stopped while its restart waited for its turn. */
function notWanted({ store }: BootContext, script: string): string | undefined {
  return findDaemon(store.current().monitor, script)?.wanted === false ? 'it was stopped on purpose meanwhile' : undefined;
}
