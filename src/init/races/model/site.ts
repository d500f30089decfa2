/** A call as a report tells of it. */
import type { CallPlace, Site } from '../report/finding.ts';
import type { TraceEvent } from '../trace/trace.ts';
import { errorName } from './errors.ts';
import type { Process } from './process-table.ts';
import type { Walked } from './walk.ts';

const MS = 1000;

/** The event at `tick`, done by a process of `script`. */
export function siteAt(walked: Walked, tick: number, script: string): Site {
  const event = eventAt(walked, tick);
  const actor = walked.actors[tick];
  const lineage = actor === undefined ? [] : lineageOf(actor);
  const error = event.kind === 'call' ? errorName(event.result) : undefined;
  const holding = event.kind === 'call' && event.call === 'lock' && error === undefined ? nextPlace(walked, tick) : undefined;
  return {
    script,
    process: event.comm,
    pid: actor?.pid ?? event.tid,
    ...placeOf(walked, tick),
    ...(error !== undefined && { error }),
    atMs: Math.round(event.atUs) / MS,
    ...(lineage.length > 0 && { lineage }),
    ...(holding !== undefined && { holding }),
    ...(isLate(walked, event, script) && { late: true }),
  };
}

function isLate({ trace }: Walked, { atUs }: TraceEvent, script: string): boolean {
  const { endedUs, readyUs = endedUs } = trace.head.tiers.flatMap(({ scripts }) => scripts).find(({ name }) => name === script) ?? {};
  return readyUs !== undefined && readyUs < atUs;
}

const eventAt = ({ trace, places }: Walked, tick: number): TraceEvent => trace.events[places[tick] as number] as TraceEvent;
const callOf = (event: TraceEvent): string => (event.kind === 'call' ? event.call : event.kind);

function placeOf(walked: Walked, tick: number): CallPlace {
  const [event, actor] = [eventAt(walked, tick), walked.actors[tick]];
  const [call, argument] = [callOf(event), argumentOf(event)];
  let nth = 1;
  for (let before = 0; actor !== undefined && before < tick; before++) {
    if (walked.actors[before]?.script !== actor.script) continue;
    const other = eventAt(walked, before);
    if (callOf(other) === call && argumentOf(other) === argument) nth += 1;
  }
  return { call, argument, ...(nth > 1 && { nth }) };
}

/** Calls that take a name, by which the one who makes them can be told. A look may be one that the kernel takes for an exec. */
const named: ReadonlySet<string> = new Set('exec open mkdir unlink rmdir chmod chown truncate'.split(' '));

function nextPlace(walked: Walked, tick: number): CallPlace | undefined {
  const actor = walked.actors[tick];
  for (let next = tick + 1; actor !== undefined && next < walked.actors.length; next++) {
    if (walked.actors[next]?.script !== actor.script) continue;
    const event = eventAt(walked, next);
    if (named.has(callOf(event)) && argumentOf(event).startsWith('/')) return placeOf(walked, next);
  }
  return undefined;
}

function argumentOf(event: TraceEvent): string {
  switch (event.kind) {
    case 'exec':
      return event.path;
    case 'fork':
      return String(event.child);
    case 'signal':
      return `${event.target} signal ${event.signal}`;
    case 'exit':
      return '';
    case 'call':
      return event.call === 'rename' || event.call === 'link'
        ? `${event.path ?? ''} → ${event.toPath ?? ''}`
        : (event.path ?? event.address ?? (event.target === undefined ? event.detail : String(event.target)) ?? fileOf(event.fd));
  }
}

const fileOf = (fd: number | undefined): string => (fd === undefined ? '' : `descriptor ${fd}`);

/** Below the first process of the script, first to last. */
function lineageOf(process: Process): readonly string[] {
  const names: string[] = [];
  for (let each: Process | undefined = process; each !== undefined && !each.isRoot && each.script >= 0; each = each.parent) {
    if (names[0] !== each.comm) names.unshift(each.comm);
  }
  return names;
}
