/** Tells of refused log-ins, without letting a scanner flood the console or the event log. */
import { emit } from '../sys/events.ts';
import type { Sys } from '../sys/sys.ts';
import type { Peer } from './login.ts';

const WINDOW_MS = 60_000;
const MOST_PER_WINDOW = 10;

export interface RefusalLog {
  add(peer: Peer, why: string): void;
}

/** Ten a minute are told; how many more there were is told at the end of that minute. */
export function createRefusalLog(sys: Sys): RefusalLog {
  let told = 0;
  let untold = 0;
  let last = '';

  async function openWindow(): Promise<void> {
    await sys.sleep(WINDOW_MS);
    if (untold > 0) {
      const detail = `${untold} more within a minute, the last from ${last}`;
      void emit(sys, { subject: 'session', name: 'others', what: 'refused', detail, data: { more: untold, address: last } });
    }
    told = 0;
    untold = 0;
  }

  return {
    add({ address, port }, why) {
      if (told === 0) void openWindow();
      last = address;
      told += 1;
      if (told > MOST_PER_WINDOW) untold += 1;
      else void emit(sys, { subject: 'session', name: address, what: 'refused', detail: why, data: { address, port, why } });
    },
  };
}
