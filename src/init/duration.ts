/** Reads spans of time as people write them in headers and health checks. */

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, sec: 1000, min: 60_000, m: 60_000, h: 3_600_000 };
const LONGEST_MS = 24 * 3_600_000;

/** What `parseDuration` takes, for Problems. */
export const ACCEPTED_DURATION = 'a span like 90, 90s, 2min, 1h 30min (at most 24h; a bare number means seconds)';

/** Milliseconds of `90`, `1.5s`, `2min 30s`, `500ms`; undefined for anything else, for zero and for more than a day: no wait is endless. */
export function parseDuration(text: string): number | undefined {
  const parts = text
    .trim()
    .toLowerCase()
    .match(/^\d+(\.\d+)?$/)
    ? [[`${text.trim()}s`]]
    : [...text.toLowerCase().matchAll(/\S[^\s]*/g)];
  let totalMs = 0;
  for (const [part] of parts) {
    const found = /^((?:\d+(?:\.\d+)?[a-z]+)+)$/.exec(part ?? '');
    if (found === null) return undefined;
    for (const [, amount, unit] of (part ?? '').matchAll(/(\d+(?:\.\d+)?)([a-z]+)/g)) {
      const unitMs = UNIT_MS[unit ?? ''];
      if (unitMs === undefined) return undefined;
      totalMs += Number(amount) * unitMs;
    }
  }
  return totalMs > 0 && totalMs <= LONGEST_MS ? Math.round(totalMs) : undefined;
}

/** `90 s`, `2 min`, `1.5 s`: the largest unit that keeps it short. */
export function formatDuration(ms: number): string {
  if (ms >= 120_000 && ms % 60_000 === 0) return `${ms / 60_000} min`;
  return ms >= 1000 ? `${Number((ms / 1000).toFixed(1))} s` : `${Math.round(ms)} ms`;
}
