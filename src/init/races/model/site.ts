/** A call as a report tells of it. */
import type { Site } from '../report/finding.ts';
import type { TraceEvent } from '../trace/trace.ts';
import { errorName } from './errors.ts';
import type { Process } from './process-table.ts';
import type { Walked } from './walk.ts';

const MS = 1000;

/** The event at `tick`, done by a process of `script`. */
export function siteAt(walked: Walked, tick: number, script: string): Site {
  const event = walked.trace.events[walked.places[tick] as number] as TraceEvent;
  const actor = walked.actors[tick];
  const lineage = actor === undefined ? [] : lineageOf(actor);
  const error = event.kind === 'call' ? errorName(event.result) : undefined;
  return {
    script,
    process: event.comm,
    pid: actor?.pid ?? event.tid,
    call: event.kind === 'call' ? event.call : event.kind,
    argument: argumentOf(event),
    ...(error !== undefined && { error }),
    atMs: Math.round(event.atUs) / MS,
    ...(lineage.length > 0 && { lineage }),
  };
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
