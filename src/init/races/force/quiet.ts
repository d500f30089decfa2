/** When nothing is done any more: by the processor time that a cgroup has used, which the kernel counts without any controller. */
import type { Sys } from '../../../sys/sys.ts';

export interface Quiet {
  /** For so long nothing is done. */
  readonly quietMs: number;
  /** After so long it is waited for no more. */
  readonly capMs: number;
}

/** A daemon that wakes up now and then is quiet all the same. */
const IDLE_SHARE = 0.03;
const LOOKS = 4;

/**
 * Resolves when the group and those below it have used next to no processor time for so long; false when that did not come. Without such a
 * group nothing can be seen: then it waits for as long as one must be quiet.
 */
export async function awaitQuiet(sys: Sys, group: string, { quietMs, capMs }: Quiet): Promise<boolean> {
  const untilMs = sys.uptimeMs() + capMs;
  const looks: { readonly atMs: number; readonly usedMs: number }[] = [];
  for (;;) {
    const usedMs = parseUsage((await sys.readText(`${group}/cpu.stat`).catch(() => undefined)) ?? '');
    const atMs = sys.uptimeMs();
    if (usedMs === undefined) {
      await sys.sleep(quietMs);
      return true;
    }
    looks.push({ atMs, usedMs });
    const before = looks.findLast((look) => atMs - look.atMs >= quietMs);
    if (before !== undefined && usedMs - before.usedMs <= IDLE_SHARE * (atMs - before.atMs)) return true;
    if (atMs >= untilMs) return false;
    await sys.sleep(quietMs / LOOKS);
  }
}

/** Milliseconds of processor time; undefined without such a line. */
export function parseUsage(text: string): number | undefined {
  const microseconds = /^usage_usec (\d+)$/m.exec(text)?.[1];
  return microseconds === undefined ? undefined : Number(microseconds) / 1000;
}
