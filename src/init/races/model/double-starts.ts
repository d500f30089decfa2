/** T5: two scripts that each look whether a program runs, and start it if it does not. */
import type { Candidate } from './candidate.ts';
import type { Digest } from './object-use.ts';
import type { Process } from './process-table.ts';

interface Started {
  readonly script: number;
  readonly tick: number;
  readonly segment: number;
}

/** Programs that stay, by their path, begun by scripts that had searched /proc for somebody else. */
export function findDoubleStarts({ walked, trace, scriptOf }: Digest): readonly Candidate[] {
  const { order, trace: recording, places } = walked;
  const searched = new Set<number>();
  const owners = new Map<number, Set<number>>();
  for (const actor of walked.actors) if (actor !== undefined) owners.set(actor.pid, (owners.get(actor.pid) ?? new Set()).add(actor.script));
  const started = new Map<string, Map<number, Started>>();
  walked.actors.forEach((actor, tick) => {
    if (actor === undefined) return;
    const event = recording.events[places[tick] as number];
    const target = event?.kind === 'call' ? searchedIn(event.path) : undefined;
    if (target !== undefined && owners.get(target)?.has(actor.script) !== true) searched.add(actor.script);
    if (event?.kind !== 'exec' || event.path !== actor.program || !isDaemon(actor) || !searched.has(actor.script)) return;
    const starts = started.get(event.path) ?? new Map<number, Started>();
    started.set(event.path, starts);
    if (!starts.has(actor.script)) starts.set(actor.script, { script: actor.script, tick, segment: actor.segment });
  });
  const before = (a: Started, b: Started): boolean => order.ordered(order.before[a.segment] as number, order.behind[b.segment] as number);
  return [...started].flatMap(([program, starts]) => {
    const all = [...starts.values()];
    return all.flatMap((a, index) =>
      all.slice(index + 1).flatMap((b): readonly Candidate[] => {
        if (before(a, b) || before(b, a)) return [];
        const object = `process ${program.split('/').at(-1) ?? program}`;
        const seen = ({ script, tick }: Started) => ({ trace, script: scriptOf(script), tick });
        return [{ type: 'T5', object, stableObject: object, first: seen(a), second: seen(b), weight: 1 }];
      }),
    );
  });
}

/** Whose directory it is. pidof(8) and its like go through all of them. */
function searchedIn(path = ''): number | undefined {
  const [, pid] = /^(?:\/proc\/)?(\d+)\/(?:stat|status|cmdline|exe|comm)$/.exec(path) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** It was there when the recording ended. Who only sleeps serves nobody. */
const isDaemon = (process: Process): boolean => !process.hasEnded && !process.isRoot && !/^(sleep|usleep)$/.test(process.comm);
