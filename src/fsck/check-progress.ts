/** How a check gets on: percent of the whole run, its rate, and how long it may still take. Kept in `/run/lifeboot/fsck`, a file for each device. */
import { TOOLBOX } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';
import type { FsckProgress } from './fsck-progress.ts';

export const progressDirectory = `${TOOLBOX}/fsck`;

export interface CheckProgress {
  readonly device: string;
  /** `preen`, `look`, `repair 1` … */
  readonly rung: string;
  /** 1 to 5; absent for a checker that does not tell how far it is, as is the percent. */
  readonly pass?: number;
  readonly percent?: number;
  /** Uptime at which this rung began and at which it was heard last. */
  readonly startedMs: number;
  readonly heardMs: number;
  /** Percent a minute; absent until it can be told. */
  readonly percentPerMinute?: number;
  /** What is left, in milliseconds, at that rate. */
  readonly leftMs?: number;
}

/** Below this the rate is a guess. */
const LEAST_MS = 3_000;
const LEAST_PERCENT = 0.5;

/** Pure. Rates are means over the whole rung: e2fsck's passes differ so much that a moment tells nothing. */
export function measureProgress(
  of: Pick<CheckProgress, 'device' | 'rung' | 'startedMs'>,
  { pass, percent }: FsckProgress,
  nowMs: number,
): CheckProgress {
  const tookMs = nowMs - of.startedMs;
  const base = { device: of.device, rung: of.rung, startedMs: of.startedMs, pass, percent, heardMs: nowMs };
  if (tookMs < LEAST_MS || percent < LEAST_PERCENT) return base;
  const perMs = percent / tookMs;
  return { ...base, percentPerMinute: Math.round(perMs * 600_000) / 10, leftMs: Math.round((100 - percent) / perMs) };
}

/** Those of the checks that run now, by device. */
export async function readProgress(sys: Sys): Promise<readonly CheckProgress[]> {
  const names = ((await sys.listDir(progressDirectory)) ?? []).filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(names.map((name) => sys.readText(`${progressDirectory}/${name}`)));
  return texts.flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as CheckProgress]));
}

/** `repair 1 of /dev/vda1: pass 1 of 5, 35 %, 12.5 %/min, about 5 min left`. */
export function formatProgress({ rung, device, pass, percent, percentPerMinute, leftMs }: CheckProgress): string {
  if (pass === undefined || percent === undefined) return `${rung} of ${device}: under way`;
  const rate =
    percentPerMinute === undefined || leftMs === undefined ? '' : `, ${percentPerMinute} %/min, about ${formatLeft(leftMs)} left`;
  return `${rung} of ${device}: pass ${pass} of 5, ${percent} %${rate}`;
}

function formatLeft(ms: number): string {
  if (ms < 60_000) return `${Math.max(1, Math.round(ms / 1000))} s`;
  return ms < 5_400_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 360_000) / 10} h`;
}
