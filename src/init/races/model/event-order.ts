/** The order in which what was recorded took effect: by time, and by who had to be first where times are equal. */
import type { CallName, TraceEvent } from '../trace/trace.ts';

/** They take effect when they return: until then they wait for somebody. */
const waiting: ReadonlySet<CallName> = new Set(['accept', 'wait', 'pipe-read', 'lock', 'sleep']);

/** Of a task, one after another; of two tasks at one time, what the other may have waited for comes first. */
const ranks = { fork: 0, exec: 1, signal: 2, exit: 4 } as const;

const RANK_OF_CALL = 3;
const RANK_OF_WAIT = 5;

/** Microseconds at which an event took effect. */
export const effectUs = (event: TraceEvent): number => (event.kind === 'call' && waiting.has(event.call) ? event.endUs : event.atUs);

/** Places in `events`, in the order of effect. The same for every order of equal times, but for those of one task, which keep theirs. */
export function orderOfEffect(events: readonly TraceEvent[]): Int32Array {
  const order = Int32Array.from(events.keys());
  const times = Float64Array.from(events, effectUs);
  const time = (place: number): number => times[place] as number;
  const event = (place: number): TraceEvent => events[place] as TraceEvent;
  return order.sort((a, b) => {
    const apart = time(a) - time(b);
    if (apart !== 0) return apart;
    const [one, other] = [event(a), event(b)];
    return one.tid === other.tid ? a - b : rankOf(one) - rankOf(other) || one.tid - other.tid || a - b;
  });
}

const rankOf = (event: TraceEvent): number =>
  event.kind === 'call' ? (waiting.has(event.call) ? RANK_OF_WAIT : RANK_OF_CALL) : ranks[event.kind];
