/** The order of a boot, to be compared with that of another one. */
import type { ConsoleEvent } from './console-log.ts';

/** Phases and tiers as they ended, each tier with the scripts that were started in it, which have no order among themselves. */
export function bootOrder(events: readonly Pick<ConsoleEvent, 'subject' | 'name' | 'what'>[]): readonly string[] {
  const steps: string[] = [];
  let open: string[] = [];
  for (const { subject, name, what } of events) {
    if (subject === 'script' && ['started', 'built-in'].includes(what)) open.push(name);
    if (subject === 'tier' && what === 'started') open = [];
    if (subject === 'tier' && what === 'done') steps.push(`${name}: ${open.toSorted().join(' ')}`);
    if (subject === 'phase' && what === 'done') steps.push(name);
  }
  return steps;
}
