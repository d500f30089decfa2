/** Spans of time in fstab options, as systemd.time(7) writes them. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ...{ us: 0.001, usec: 0.001, ms: 1, msec: 1, s: 1000, sec: 1000, second: 1000, seconds: 1000 },
  ...{ m: 60_000, min: 60_000, minute: 60_000, minutes: 60_000, h: 3_600_000, hr: 3_600_000, hour: 3_600_000, hours: 3_600_000 },
  ...{ d: 86_400_000, day: 86_400_000, days: 86_400_000, w: 604_800_000, week: 604_800_000, weeks: 604_800_000 },
};

/** Milliseconds of `90`, `1.5s`, `1min 30s`, `1min30s`; 0 for `0` and `infinity`, which both mean without end; undefined for anything else. */
export function parseSpan(text: string): number | undefined {
  const span = text.trim();
  if (span === 'infinity') return 0;
  if (/^\d+(\.\d+)?$/.test(span)) return Number(span) * 1000;
  const parts = [...span.matchAll(/\s*(\d+(?:\.\d+)?)\s*([a-z]+)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== span) return undefined;
  const amounts = parts.map(([, amount, unit]) => Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN));
  const total = amounts.reduce((sum, ms) => sum + ms, 0);
  return Number.isNaN(total) ? undefined : total;
}
