/** Spans of time as the chart and its tables show them. */

/** `0.08 s`, `12.34 s`, `3 min 05 s`, `2 h 07 min`. */
export function formatSeconds(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${(ms / 1000).toFixed(2)} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
}
