/** An event as a line of a system's log. Pure. Facilities and severities by RFC 5424, 6.2.1. */
import { printable } from '../../sys/console.ts';

export type Facility = 'daemon' | 'authpriv';
export type Severity = 'err' | 'warning' | 'info';

export interface LogEntry {
  readonly facility: Facility;
  readonly severity: Severity;
  /** One line: `12.34 phase check-root: done (clean)`, with the uptime, since the log stamps the time of its own writing. */
  readonly text: string;
}

const errors: ReadonlySet<string> = new Set(['held', 'bad', 'degraded']);
const warnings: ReadonlySet<string> = new Set([
  'failed',
  'timed-out',
  'unhealthy',
  'not-restarted',
  'paused',
  'absent',
  'not-mounted',
  'abandoned',
  'refused',
  'problem',
  'hook-failed',
]);
/** Both logs take about a thousand characters a line. */
const MAX_CHARS = 900;

/** Of one line of the event log; undefined when it is no record. */
export function logEntry(line: string): LogEntry | undefined {
  const record = parse(line);
  const { uptimeMs, subject, name, what, detail } = record ?? {};
  if (typeof uptimeMs !== 'number' || typeof subject !== 'string' || typeof name !== 'string' || typeof what !== 'string') return undefined;
  const more = typeof detail === 'string' && detail !== '' ? ` (${detail})` : '';
  const text = printable(`${(uptimeMs / 1000).toFixed(2)} ${subject} ${name}: ${what}${more}`);
  return {
    facility: subject === 'session' ? 'authpriv' : 'daemon',
    severity: errors.has(what) ? 'err' : warnings.has(what) ? 'warning' : 'info',
    text: text.length > MAX_CHARS ? `${text.slice(0, MAX_CHARS - 1)}…` : text,
  };
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
