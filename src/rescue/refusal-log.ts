/** Tells of refused log-ins, without letting a scanner flood the console or the event log. */
import { emit } from '../sys/events.ts';
import type { Sys } from '../sys/sys.ts';
import type { Peer } from './login.ts';

const WINDOW_MS = 60_000;
const MOST_PER_WINDOW = 10;

export interface RefusalLog {
  add(peer: Peer, why: string): void;
}

/** Ten a minute are told; how many more there were is told with the first one after. */
export function createRefusalLog(sys: Sys): RefusalLog {
  let windowEndsMs = 0;
  let told = 0;
  let untold = 0;
  return {
    add(peer, why) {
      const nowMs = sys.uptimeMs();
      if (nowMs >= windowEndsMs) {
        windowEndsMs = nowMs + WINDOW_MS;
        told = 0;
      }
      if (told >= MOST_PER_WINDOW) {
        untold += 1;
        return;
      }
      told += 1;
      const more = untold === 0 ? '' : `; ${untold} more before were not shown`;
      untold = 0;
      void emit(sys, { subject: 'session', name: peer.address, what: 'refused', detail: `${why}${more}` });
    },
  };
}
