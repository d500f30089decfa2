/** Which HTTP statuses are healthy: `200,204`, `2xx,401`. */

/** Each is one status or, as a single digit, a class of them. */
export type HttpStatuses = readonly number[];

export function parseStatuses(text: string): HttpStatuses | undefined {
  const words = text.split(',');
  if (!words.every((word) => /^[1-5](?:\d\d|xx)$/.test(word))) return undefined;
  return words.map((word) => Number(word.replace('xx', '')));
}

export const hasStatus = (statuses: HttpStatuses, status: number): boolean =>
  statuses.includes(status) || statuses.includes(Math.floor(status / 100));

/** As it was written. */
export const formatStatuses = (statuses: HttpStatuses): string => statuses.map((each) => (each < 10 ? `${each}xx` : each)).join(',');
