/** Debian's scripts that may rightly take longer than the default, and whose headers cannot say so. */

const MINUTE_MS = 60_000;

const timeoutsMs: Readonly<Record<string, number>> = {
  // fsck of large data disks; on a failure it waits for a person at the console.
  'checkfs.sh': 12 * 60 * MINUTE_MS,
  // Its own wait for network filesystems is 90 s.
  'mountnfs.sh': 3 * MINUTE_MS,
  // DHCP of several interfaces, one after the other.
  networking: 5 * MINUTE_MS,
  // The recovery of a database after a power cut.
  postgresql: 10 * MINUTE_MS,
  mysql: 10 * MINUTE_MS,
  mariadb: 10 * MINUTE_MS,
};

/** The least that a script gets when its header names no deadline; the configuration may give it more. */
export const patienceMs = (script: string): number => timeoutsMs[script] ?? 0;
