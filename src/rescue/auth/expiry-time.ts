/** `expiry-time=` of sshd(8). */

/**
 * `YYYYMMDD[HHMM[SS]][Z]` in milliseconds since 1970, undefined when it is none. Always UTC: rescue has no time zone, whatever the
 * root has in /etc/localtime, and a key must not come back to life when the root is entered.
 */
export function parseExpiryTime(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z?$/.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map((part) => Number(part ?? 0));
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const meant = [year, month, day, hour, minute, second].map((part, index) => String(part).padStart(index === 0 ? 4 : 2, '0')).join('');
  return back === meant ? ms : undefined;
}
