/** What somebody else did to a script, as its row in the state shows it: who stops it wants it stopped, who starts it wants it up. Pure. */
import type { DaemonState, ScriptState } from '../../sys/boot-state.ts';
import { unwanted, wantedAgain } from './daemon-state.ts';

/** In whose name the monitor acts: what it did itself is nobody's wish. */
export const MONITOR = 'the monitor';

/** The daemon as the row of its script leaves it: the same object when that says nothing new. */
export function followRow(daemon: DaemonState, row: ScriptState | undefined, nowMs: number): DaemonState {
  if (row === undefined || row.by === MONITOR) return daemon;
  if (isDown(row)) return daemon.wanted ? unwanted(daemon, `stopped by ${row.by ?? 'its run level'}`, nowMs) : daemon;
  const isNew = row.status === 'started' && (row.startedMs ?? 0) > daemon.sinceMs;
  return isNew ? wantedAgain(daemon, nowMs) : daemon;
}

const isDown = ({ status }: ScriptState): boolean => status === 'stopped' || status === 'stopping';

/** Somebody is at it: what is seen of it now means nothing. */
export const isBusy = (row: ScriptState | undefined): boolean => row?.status === 'starting' || row?.status === 'stopping';
