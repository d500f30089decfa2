/** Reads the event log back: `/run/lifeboot/events.ndjson` as src/sys/events.ts writes it. */

export interface LoggedEvent {
  readonly uptimeMs: number;
  readonly subject: string;
  readonly name: string;
  readonly what: string;
  readonly detail?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Every whole record in the order of the kernel's clock. A line that is torn or is no record is left out: the last one often is. */
export function parseEvents(text: string): readonly LoggedEvent[] {
  return text
    .split('\n')
    .flatMap((line) => parseEvent(line) ?? [])
    .sort((a, b) => a.uptimeMs - b.uptimeMs);
}

function parseEvent(line: string): LoggedEvent | undefined {
  const record = parseObject(line);
  const { uptimeMs, subject, name, what, detail, data } = record ?? {};
  if (typeof uptimeMs !== 'number' || !Number.isFinite(uptimeMs) || uptimeMs < 0) return undefined;
  if (typeof subject !== 'string' || typeof name !== 'string' || typeof what !== 'string') return undefined;
  const more = typeof detail === 'string' && detail !== '' ? { detail } : {};
  return { uptimeMs, subject, name, what, ...more, data: isObject(data) ? data : {} };
}

const ENDINGS = ['reboot', 'poweroff', 'halt', 'soft-reboot'];

/**
 * What belongs to the last boot of this kernel: behind the last soft reboot, up to the way down. `round` is how many soft reboots went before.
 */
export function lastBoot(events: readonly LoggedEvent[]): { readonly events: readonly LoggedEvent[]; readonly round: number } {
  const isRound = ({ subject, name, what }: LoggedEvent) =>
    subject === 'boot' && name === 'soft-reboot' && (what === 'done' || what === 'abandoned');
  const isEnd = ({ subject, name, what }: LoggedEvent) => subject === 'boot' && what === 'started' && ENDINGS.includes(name);
  const own = events.slice(events.findLastIndex(isRound) + 1);
  const end = own.findIndex(isEnd);
  return { events: end < 0 ? own : own.slice(0, end), round: events.filter(isRound).length };
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
