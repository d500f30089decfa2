/** Tells of what the monitor decided: to the event log, and to those whom it concerns. */
import { type BootEvent, emit } from '../../sys/events.ts';
import type { Sys } from '../../sys/sys.ts';
import { formatDuration } from '../duration.ts';
import type { MonitorAction } from './plan-monitor.ts';
import type { Watched } from './watched.ts';

/** In the order of the actions. */
export async function tellActions(sys: Sys, actions: readonly MonitorAction[], watched: readonly Watched[]): Promise<void> {
  for (const action of actions) for (const event of eventsOf(action, watched, sys.uptimeMs())) await emit(sys, event);
}

function eventsOf(action: MonitorAction, watched: readonly Watched[], nowMs: number): readonly BootEvent[] {
  const health = { subject: 'health' } as const;
  if (action.kind === 'pause') {
    const detail = `${action.scripts.join(', ')} became unhealthy together; no restart for ${formatDuration(action.untilMs - nowMs)}`;
    return [{ ...health, name: 'machine', what: 'paused', detail, data: { scripts: action.scripts } }];
  }
  const { script: name } = action;
  if (action.kind === 'restart') return [{ ...health, name, what: 'restarting', data: { restarts: action.count } }];
  if (action.what === 'recovered') return [{ ...health, name, what: 'recovered' }];
  if (action.what === 'degraded') return [{ ...health, name, what: 'degraded', detail: action.reason }];
  const { inMs } = action;
  const detail = inMs === undefined ? action.reason : `${action.reason}; restart in ${formatDuration(inMs)}`;
  const dependants = watched.find(({ script }) => script === name)?.dependants ?? [];
  return [
    { ...health, name, what: 'unhealthy', detail, ...(inMs === undefined ? {} : { data: { restartInMs: inMs } }) },
    ...dependants.map((dependant) => ({
      ...health,
      name: dependant,
      what: 'affected' as const,
      detail: `it needs ${name}, which is unhealthy`,
    })),
  ];
}
