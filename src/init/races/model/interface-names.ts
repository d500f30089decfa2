/** Interfaces by their numbers: a program asks for the one of a name, and says the number from then on. */
import type { TraceEvent } from '../trace/trace.ts';

export interface InterfaceNames {
  /** `eth0`; `#2` when nobody said its name. */
  of(index: number): string;
}

/** The first one is the loopback, always. */
const LOOPBACK = 1;

export function interfaceNames(events: readonly TraceEvent[]): InterfaceNames {
  const names = new Map([[LOOPBACK, 'lo']]);
  const asked = new Map<number, string>();
  for (const event of events) {
    if (event.kind !== 'call' || event.message === undefined) continue;
    const { about, does, isDump, name, index } = event.message;
    const [known, wanted] = [index === undefined ? undefined : names.get(index), asked.get(event.tid)];
    if (about === 'interface' && does === 'ask' && !isDump && name !== undefined && event.result >= 0) asked.set(event.tid, name);
    else if (index !== undefined && wanted !== undefined) {
      if (known === undefined && ![...names.values()].includes(wanted)) names.set(index, wanted);
      asked.delete(event.tid);
    }
  }
  return { of: (index) => names.get(index) ?? `#${index}` };
}
