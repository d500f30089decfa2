/** Signals to whoever has a name, when nobody had it yet: the recording does not say which name was sought, but who may have had it later. */
import type { RawAccess } from './object-use.ts';
import { operations } from './operations.ts';
import type { Process } from './process-table.ts';
import type { Chance } from './scene.ts';
import type { Walked } from './walk.ts';

/** Of a signal that found nobody: what it was to be is not known. */
export const MISSED = 'missed';

/** For each daemon of another script of the tier that waits for news by a signal: those of earlier tiers have had their time. */
export function missedSignals(walked: Walked): readonly RawAccess[] {
  const { soughtInVain, handlers } = walked.scene;
  if (soughtInVain.length === 0 || handlers.length === 0) return [];
  const living = stayedOn(walked);
  const daemons = new Map(handlers.filter(({ process }) => living.has(process)).map((daemon) => [daemon.process, daemon]));
  const finders = findersOf(walked);
  return soughtInVain
    .filter(({ script, tick }) => !finders.has(script) && !startsOwn(living, script, tick, walked))
    .flatMap((seeker) =>
      [...daemons.values()].filter((daemon) => isPeer(walked, seeker, daemon)).flatMap((daemon) => pair(walked, seeker, daemon)),
    );
}

const isPeer = ({ stages }: Walked, one: Chance, other: Chance): boolean =>
  one.script !== other.script && stages[one.script]?.stage === stages[other.script]?.stage;

function pair({ scene }: Walked, seeker: Chance, daemon: Chance): readonly RawAccess[] {
  const object = scene.objects.of('process', daemon.process.comm);
  const access = ({ script, segment, tick }: Chance, operation: 'start' | 'signal'): RawAccess => {
    return { object, operation, script, segment, tick, value: MISSED, locks: '', flags: 0 };
  };
  return [access(daemon, 'start'), access(seeker, 'signal')];
}

/** They are there when the recording ends, or what they have begun is. */
function stayedOn({ scene }: Walked): ReadonlySet<Process> {
  const living = new Set<Process>();
  for (const process of scene.processes())
    for (let each: Process | undefined = process; each !== undefined && each.script === process.script; each = each.parent)
      living.add(each);
  return living;
}

/** Scripts whose signals have found another's process in this boot: when they found nobody, they had sent it before, or tried again. */
function findersOf({ accesses }: Walked): ReadonlySet<number> {
  const finders = new Set<number>();
  accesses.operation.forEach((code, index) => {
    if (operations[code] === 'signal') finders.add(accesses.script[index] as number);
  });
  return finders;
}

/** It sought what it begins then itself: it was to end an older one. */
function startsOwn(living: ReadonlySet<Process>, script: number, tick: number, { trace, places }: Walked): boolean {
  const atUs = trace.events[places[tick] as number]?.atUs ?? 0;
  return [...living].some((process) => process.script === script && !process.isRoot && (trace.events[process.forkedAt]?.atUs ?? 0) > atUs);
}
