/**
 * A clock that is behind makes e2fsck call every mount time "in the future" and check in full on each boot (e2fsck.conf(5),
 * broken_system_clock). So before a check the clock is moved up to the newest time that is known to have passed.
 */
import { readBuildTime } from '../sys/build-time.ts';
import type { Sys } from '../sys/sys.ts';

const LOOK_MS = 15_000;
/** e2fsck itself forgives a day. */
const FORGIVEN_MS = 60_000;
const YEAR_MS = 31_557_600_000;

export interface ClockFacts {
  readonly nowMs: number;
  /** When this toolbox was built. */
  readonly builtMs?: number | undefined;
  /** The hardware clock. */
  readonly rtcMs?: number | undefined;
  /** Last mount, last write, last check of the root's superblock: the newest of them. */
  readonly superblockMs?: number | undefined;
}

export type ClockPlan =
  | { readonly kind: 'fine' }
  /** The clock is to be set to that time. */
  | { readonly kind: 'set'; readonly toMs: number; readonly because: string }
  /** The superblock is years ahead of every clock: it, not the clock, is wrong. */
  | { readonly kind: 'doubt'; readonly because: string };

/** Pure. The hardware clock is believed when it is not behind what is known; a clock is never set back. */
export function planClock({ nowMs, builtMs = 0, rtcMs, superblockMs = 0 }: ClockFacts): ClockPlan {
  const best = Math.max(nowMs, rtcMs ?? 0, builtMs);
  // A clock that is itself thinkable is not moved by years on the word of a superblock that may be damaged: certificates would expire.
  const mostMs = nowMs >= builtMs ? YEAR_MS : 10 * YEAR_MS;
  if (builtMs > 0 && superblockMs > best + mostMs) {
    return { kind: 'doubt', because: `the root says it was used on ${day(superblockMs)}, and it is ${day(best)} here` };
  }
  const floorMs = Math.max(builtMs, superblockMs);
  if (nowMs + FORGIVEN_MS >= floorMs) return { kind: 'fine' };
  if (rtcMs !== undefined && rtcMs >= floorMs) return { kind: 'set', toMs: rtcMs, because: 'the hardware clock' };
  const because = superblockMs > builtMs ? 'the root was last used then' : 'the toolbox was built then';
  return { kind: 'set', toMs: floorMs, because };
}

/** Sets the clock where it must. Returns a sentence for people, or undefined when there was nothing to say. Never throws. */
export async function guardClock(sys: Sys, device: string): Promise<string | undefined> {
  const facts = await readClockFacts(sys, device);
  const plan = planClock(facts);
  if (plan.kind === 'fine') return undefined;
  if (plan.kind === 'doubt') return `the clock is left alone: ${plan.because}`;
  const ran = await run(sys, ['date', '-u', '-s', `@${Math.ceil(plan.toMs / 1000)}`]);
  const moved = `from ${time(facts.nowMs)} to ${time(plan.toMs)} (${plan.because})`;
  return ran?.code === 0 ? `the clock was behind: set ${moved}` : `the clock is behind and cannot be set ${moved}`;
}

async function readClockFacts(sys: Sys, device: string): Promise<ClockFacts> {
  const [builtMs, rtc, header] = await Promise.all([
    readBuildTime(sys),
    sys.readText('/sys/class/rtc/rtc0/since_epoch').catch(() => undefined),
    run(sys, ['dumpe2fs', '-h', device]),
  ]);
  const rtcMs = rtc !== undefined && /^\d+\s*$/.test(rtc) ? Number(rtc) * 1000 : undefined;
  return { nowMs: sys.wallClock().getTime(), builtMs, rtcMs, superblockMs: newestTime(header?.stdout ?? '') };
}

/** The newest of the times in `dumpe2fs -h`, which it prints in the C locale and, with TZ unset, in UTC. Pure. */
export function newestTime(header: string): number | undefined {
  const lines = header.matchAll(/^(?:Last mount time|Last write time|Last checked|Filesystem created): +(\S.*)$/gm);
  const times = [...lines].map((match) => Date.parse(`${match[1]} UTC`)).filter((ms) => Number.isFinite(ms) && ms > 0);
  return times.length === 0 ? undefined : Math.max(...times);
}

const run = (sys: Sys, argv: readonly string[]) => sys.run(argv, { timeoutMs: LOOK_MS, env: { TZ: 'UTC0' } }).catch(() => undefined);
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
