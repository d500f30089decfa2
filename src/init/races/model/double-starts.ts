/** T5: two scripts that each look whether a program runs, and start it if it does not. */
import type { Candidate } from './candidate.ts';
import { openHelperRuns, type Run } from './helper-runs.ts';
import type { Digest } from './object-use.ts';
import type { Process } from './process-table.ts';

interface Seen {
  readonly script: number;
  readonly tick: number;
  readonly segment: number;
}

interface Started extends Seen {
  /** What the script ran that had looked for it before. */
  readonly by: readonly Run[];
}

/** Programs that stay, by their path, begun by scripts that had searched /proc for somebody else, or would have been. */
export function findDoubleStarts({ walked, trace, scriptOf }: Digest): readonly Candidate[] {
  const { order, trace: recording, places } = walked;
  const staying = findStaying(walked.scene.processes());
  const searched = new Set<number>();
  const owners = new Map<number, Set<number>>();
  for (const actor of walked.actors) if (actor !== undefined) owners.set(actor.pid, (owners.get(actor.pid) ?? new Set()).add(actor.script));
  const started = new Map<string, Map<number, Started>>();
  const runs = openHelperRuns();
  walked.actors.forEach((actor, tick) => {
    if (actor === undefined) return;
    const event = recording.events[places[tick] as number];
    const target = event?.kind === 'call' ? searchedIn(event.path) : undefined;
    if (target !== undefined && owners.get(target)?.has(actor.script) !== true) {
      searched.add(actor.script);
      runs.searched(actor, tick);
    }
    if (event?.kind !== 'exec') return;
    const by = runs.began(actor, event.path).filter(({ search }) => search !== undefined);
    if (event.path !== actor.program || !isDaemon(actor, staying) || !searched.has(actor.script)) return;
    const starts = started.get(event.path) ?? new Map<number, Started>();
    started.set(event.path, starts);
    if (!starts.has(actor.script)) starts.set(actor.script, { script: actor.script, tick, segment: actor.segment, by });
  });
  const before = (a: Seen, b: Seen): boolean => order.ordered(order.before[a.segment] as number, order.behind[b.segment] as number);
  return [...started].flatMap(([program, starts]) => {
    const all = [...starts.values()];
    const pairs = all.flatMap((a, index) => [
      ...all.slice(index + 1).map((b) => [a, b] as const),
      ...foundBy(a, runs.all, (script) => starts.has(script)).map((b) => [a, b] as const),
    ]);
    const object = `process ${program.split('/').at(-1) ?? program}`;
    const seen = ({ script, tick }: Seen) => ({ trace, script: scriptOf(script), tick });
    return pairs
      .filter(([a, b]) => !before(a, b) && !before(b, a))
      .map(([a, b]): Candidate => ({ type: 'T5', object, stableObject: object, first: seen(a), second: seen(b), weight: 1 }));
  });
}

/** Others that ran what started the program: they looked for it as that did, when it was there, and did no more. */
function foundBy(start: Started, runs: readonly Run[], hasStarted: (script: number) => boolean): readonly Seen[] {
  const found = new Map<number, Seen>();
  for (const { path, steps } of start.by)
    for (const run of runs) {
      const { search, process } = run;
      if (run.path !== path || search === undefined || search.tick < start.tick || hasStarted(process.script) || found.has(process.script))
        continue;
      const isLess = run.steps.length < steps.length && run.steps.every((step, index) => step === steps[index]);
      if (isLess) found.set(process.script, { script: process.script, tick: search.tick, segment: search.segment });
    }
  return [...found.values()];
}

/** Whose directory it is. pidof(8) and its like go through all of them. */
function searchedIn(path = ''): number | undefined {
  const [, pid] = /^(?:\/proc\/)?(\d+)\/(?:stat|status|cmdline|exe|comm)$/.exec(path) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** They were there when the recording ended, or left a child of the same program that was. */
function findStaying(living: Iterable<Process>): ReadonlySet<Process> {
  const staying = new Set<Process>();
  for (const process of living)
    for (let at: Process | undefined = process; at !== undefined && at.program === process.program; at = at.parent) staying.add(at);
  return staying;
}

/** Who only sleeps serves nobody. */
const isDaemon = (process: Process, staying: ReadonlySet<Process>): boolean =>
  staying.has(process) && !process.isRoot && !/^(sleep|usleep)$/.test(process.comm);
