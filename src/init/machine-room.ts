/** How many scripts the machine takes at once: as startpar does, by what runs and what waits for a disk, not by a number of scripts. */
import type { Sys } from '../sys/sys.ts';
import type { Room } from './bounded.ts';

/**
 * So many for each processor whatever the load. Measured: a bound of 2, 3 or 4 for each made every mix of scripts slower, those that only
 * compute included, and none faster.
 */
const ALWAYS_EACH = 16;
/** No more begin while so many processes for each processor want to run, or wait for a disk. */
const LOAD_EACH = 4;
/** What has just begun shows in the load only after a moment. */
const SETTLE_MS = 50;

/** Room by proc_stat(5). Without it: for everything. */
export function machineRoom(sys: Sys): Room {
  let grantedMs = Number.NEGATIVE_INFINITY;
  return {
    async isFree(running) {
      const load = parseLoad((await sys.readText('/proc/stat').catch(() => undefined)) ?? '');
      if (load === undefined || running < ALWAYS_EACH * load.processors) return true;
      const busy = load.waiting >= LOAD_EACH * load.processors || sys.uptimeMs() - grantedMs < SETTLE_MS;
      if (!busy) grantedMs = sys.uptimeMs();
      return !busy;
    },
    pause: () => sys.sleep(SETTLE_MS),
  };
}

/** `waiting`: processes that want a processor or a disk; we, who look, are not counted. */
export function parseLoad(stat: string): { readonly processors: number; readonly waiting: number } | undefined {
  const processors = stat.match(/^cpu\d+ /gm)?.length ?? 0;
  const number = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stat)?.[1] ?? Number.NaN);
  const waiting = number('procs_running') - 1 + number('procs_blocked');
  return processors === 0 || Number.isNaN(waiting) ? undefined : { processors, waiting };
}
