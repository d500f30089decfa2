/** When a shutdown begins and when people are warned of it, as shutdown(8) has it. Pure. */
import type { PlannedShutdown } from '../../sys/boot-state.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
/** A year: what is more is a mistake. */
const MAX_MINUTES = 366 * DAY_MINUTES;
/** From here on nobody logs in any more. */
export const NOLOGIN_MS = 5 * MINUTE_MS;

/** Words for the time of a shutdown; undefined for others. `now`, `+M` minutes, or `HH:MM`: the next time the clock shows it. */
export function parseWhen(word: string, now: Date): number | undefined {
  if (word === 'now') return 0;
  const minutes = /^\+?(\d{1,6})$/.exec(word)?.[1];
  if (minutes !== undefined) return Number(minutes) <= MAX_MINUTES ? Number(minutes) * MINUTE_MS : undefined;
  const [, hour = '', minute = ''] = /^(\d{1,2}):(\d\d)$/.exec(word) ?? [];
  if (hour === '' || Number(hour) > 23 || Number(minute) > 59) return undefined;
  const then = new Date(now);
  then.setHours(Number(hour), Number(minute), 0, 0);
  if (then.getTime() <= now.getTime()) then.setDate(then.getDate() + 1);
  return then.getTime() - now.getTime();
}

/** Full minutes that are left. */
const minutesLeft = (leftMs: number): number => Math.ceil(leftMs / MINUTE_MS);

/** Every minute of the last ten, every quarter of the last hour, every half hour of the last three, every hour before. */
export function isWarned(minutes: number): boolean {
  if (minutes < 10) return true;
  if (minutes <= 60) return minutes % 15 === 0;
  return minutes % (minutes <= 180 ? 30 : 60) === 0;
}

/** How long until the next warning, the last five minutes or the end itself. */
export function untilNextStep(leftMs: number): number {
  if (leftMs <= 0) return 0;
  let minutes = minutesLeft(leftMs) - 1;
  while (minutes > 0 && !isWarned(minutes)) minutes -= 1;
  return leftMs - minutes * MINUTE_MS;
}

/** What everybody is told. */
export function warningText({ kind, by, message }: PlannedShutdown, leftMs: number): string {
  const minutes = minutesLeft(leftMs);
  const when = minutes <= 0 ? 'NOW' : `in ${minutes} minute${minutes === 1 ? '' : 's'}`;
  return `${message === undefined ? '' : `${message}\n`}The machine is going down ${when} (${kind}, asked by ${by}).`;
}
