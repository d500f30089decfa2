/** When a getty is started, left alone or paused: sysvinit's respawn guard as a pure function. */

// init(8): more than ten starts in two minutes disable an entry for five.
const GUARD_STARTS = 10;
const GUARD_WINDOW_MS = 120_000;
const GUARD_PAUSE_MS = 300_000;
const ABSENT_RECHECK_MS = 30_000;

/** What is known of one getty, as `gettys.json` keeps it. Times are uptime in milliseconds. */
export interface GettyRecord {
  readonly id: string;
  /** With `startTicks` it names one process for ever. */
  readonly pid?: number;
  readonly startTicks?: number;
  /** Starts since `windowMs`. */
  readonly starts: number;
  readonly windowMs: number;
  /** Not looked at again before this. */
  readonly waitUntilMs: number;
  /** Its terminal was missing when last looked, which is said once. */
  readonly absent: boolean;
}

export interface GettySeen {
  readonly alive: boolean;
  /** Its terminal, when its argv names one that is not there. */
  readonly missingDevice?: string;
}

export interface GettyStep {
  readonly record: GettyRecord;
  readonly start: boolean;
  readonly say?: { readonly what: 'skipped' | 'paused'; readonly detail: string };
}

export const newGetty = (id: string): GettyRecord => ({ id, starts: 0, windowMs: 0, waitUntilMs: 0, absent: false });

/** The next step for one getty. */
export function planGetty(record: GettyRecord, seen: GettySeen, nowMs: number): GettyStep {
  if (seen.alive || nowMs < record.waitUntilMs) return { record, start: false };
  const { pid: _pid, startTicks: _startTicks, ...gone } = record;
  if (seen.missingDevice !== undefined) {
    const waiting = { ...gone, absent: true, waitUntilMs: nowMs + ABSENT_RECHECK_MS };
    const detail = `${seen.missingDevice} does not exist; looked for again every ${ABSENT_RECHECK_MS / 1000} s`;
    return record.absent ? { record: waiting, start: false } : { record: waiting, start: false, say: { what: 'skipped', detail } };
  }
  const inWindow = nowMs - record.windowMs < GUARD_WINDOW_MS && record.starts > 0;
  const starts = inWindow ? record.starts : 0;
  const windowMs = inWindow ? record.windowMs : nowMs;
  if (starts >= GUARD_STARTS) {
    const paused = { ...gone, starts: 0, windowMs, waitUntilMs: nowMs + GUARD_PAUSE_MS };
    const detail = `ended ${GUARD_STARTS} times within ${GUARD_WINDOW_MS / 60_000} min; tried again in ${GUARD_PAUSE_MS / 60_000} min`;
    return { record: paused, start: false, say: { what: 'paused', detail } };
  }
  return { record: { ...gone, starts: starts + 1, windowMs, absent: false }, start: true };
}

/** The device file a getty's argv names (`/dev/tty1`), or undefined when no word looks like a terminal. */
export function gettyDevice(argv: readonly string[]): string | undefined {
  const word = argv.slice(1).find((arg) => /^(\/dev\/)?(tty[A-Za-z]*[0-9]+|hvc[0-9]+|hvsi[0-9]+|console)$/.test(arg));
  return word === undefined ? undefined : `/dev/${word.replace(/^\/dev\//, '')}`;
}
