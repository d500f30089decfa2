/** The events of a trace in the order in which they began, while the ends of some are still to come. */
import type { Call, TraceEvent } from './trace.ts';

type Told<T extends TraceEvent> = T extends TraceEvent ? T : never;

export interface EventList {
  /** Keeps a place for something that has begun. A place that nothing is put into is no event. */
  keep(): number;
  put(place: number, event: Told<TraceEvent>): void;
  all(): readonly TraceEvent[];
}

export function createEventList(): EventList {
  const places: (TraceEvent | undefined)[] = [];
  const texts = new Map<string, string>();
  /** One copy of each text, cut off from the line that it came with. */
  const intern = (text: string): string => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    const copy = Buffer.from(text).toString();
    texts.set(copy, copy);
    return copy;
  };
  return {
    keep: () => places.push(undefined) - 1,
    put(place, event) {
      const own: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(event)) own[name] = typeof value === 'string' ? intern(value) : value;
      places[place] = own as unknown as TraceEvent;
    },
    all: () => places.filter((event) => event !== undefined),
  };
}

export type CallFacts = Partial<Omit<Call, 'kind' | 'call' | 'atUs' | 'endUs' | 'tid' | 'comm' | 'result'>>;
