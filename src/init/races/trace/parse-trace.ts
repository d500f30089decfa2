/** Reads a trace: the kernel's lines become calls with their results, forks, ends and signals. */
import type { Problem } from '../../../sys/problem.ts';
import { parseDigest } from './content-digest.ts';
import { withSeenTimes } from './seen-times.ts';
import type { Trace, TraceHead } from './trace.ts';
import { parseHead, TRACE_END, TRACE_MAGIC } from './trace-format.ts';
import { openEventReader } from './trace-reader.ts';

export type ParsedTrace = { readonly ok: true; readonly trace: Trace } | { readonly ok: false; readonly problem: Problem };

/** Takes a trace line by line: what is read from a disk need not be in memory at once. */
export interface TraceParser {
  push(line: string): void;
  /** Behind the last line. A file that is no trace, or lacks events, is a problem. */
  end(): ParsedTrace;
}

/** `file` is how the problem calls it. What could be read stays; what could not is told of in the head's `missing`. */
export function parseTrace(text: string, file = 'trace'): ParsedTrace {
  const parser = openTraceParser(file);
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    parser.push(text.slice(start, end < 0 ? undefined : end));
    if (end < 0) break;
    start = end + 1;
  }
  return parser.end();
}

export function openTraceParser(file: string): TraceParser {
  const events = openEventReader();
  const headLines: string[] = [];
  let first: string | undefined;
  let head: TraceHead | 'torn' | undefined;
  let isWhole = false;
  const digests = new Map<number, string>();
  return {
    push(line) {
      if (first === undefined) first = line;
      else if (head !== undefined) {
        const named = isWhole ? parseDigest(line) : undefined;
        if (named !== undefined) digests.set(named.content, named.digest);
        else {
          isWhole = line === TRACE_END;
          events.push(line);
        }
      } else if (first === TRACE_MAGIC) {
        headLines.push(line);
        if (line === '}') head = parseHead(headLines.join('\n')) ?? 'torn';
      }
    },
    end() {
      const problem = (value: string, message: string, accepted: string): ParsedTrace => ({
        ok: false,
        problem: { file, value, message, accepted },
      });
      if (first !== TRACE_MAGIC) return problem((first ?? '').slice(0, 80), 'is not the first line of a trace', `"${TRACE_MAGIC}"`);
      if (head === undefined || head === 'torn') {
        const [value = ''] = headLines;
        return problem(value, 'the head is cut or is not one', 'the file as lifeboot recorded it');
      }
      const read = events.end();
      const dropped = head.dropped + read.lost;
      if (dropped > 0) return problem(`dropped: ${dropped}`, 'the trace is void: the kernel had no room for all events', 'a new recording');
      const cut = isWhole ? [] : ['the end of the file: it was cut'];
      const missing = [...head.missing, ...read.missing, ...cut];
      return {
        ok: true,
        trace: {
          head: { ...head, tiers: withSeenTimes(head.tiers, read.events), missing },
          events: read.events,
          ...(digests.size > 0 && { digests }),
        },
      };
    },
  };
}
