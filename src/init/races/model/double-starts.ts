/** T5: two scripts that each look whether a program runs, and start it if it does not. */
import type { Candidate } from './candidate.ts';
import type { Digest } from './object-use.ts';
import type { Process } from './process-table.ts';

interface Started {
  readonly script: number;
  readonly tick: number;
  readonly segment: number;
}

/** Programs that stay, by their path, begun by scripts that had searched /proc for somebody. */
export function findDoubleStarts({ walked, trace, scriptOf }: Digest): readonly Candidate[] {
  const { order, trace: recording, places } = walked;
  const searched = new Set<number>();
  const started = new Map<string, Map<number, Started>>();
  walked.actors.forEach((actor, tick) => {
    if (actor === undefined) return;
    const event = recording.events[places[tick] as number];
    if (event?.kind === 'call' && isSearch(event.path)) searched.add(actor.script);
    if (event?.kind !== 'exec' || !isDaemon(actor) || !searched.has(actor.script)) return;
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

/** pidof(8) and its like go through all of them. */
const isSearch = (path: string | undefined): boolean => path !== undefined && /^(\/proc\/)?\d+\/(stat|status|cmdline|exe|comm)$/.test(path);

/** It was there when the recording ended. */
const isDaemon = (process: Process): boolean => !process.hasEnded && !process.isRoot;
