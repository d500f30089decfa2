/** What happened, for people and machines: one line on the console, one NDJSON record in the event log. */
import { paths } from './paths.ts';
import { safeJson } from './safe-json.ts';
import type { Sys } from './sys.ts';

export type Subject =
  | 'boot'
  | 'phase'
  | 'tier'
  | 'filesystem'
  | 'script'
  | 'health'
  | 'verdict'
  | 'hold'
  | 'rescue'
  | 'network'
  | 'session'
  | 'down'
  | 'config';

export interface BootEvent {
  readonly subject: Subject;
  /** Which one: a phase, tier or script name, an interface … Without blanks. */
  readonly name: string;
  /** What it did, as one word: `started`, `done`, `failed`, `held` … */
  readonly what: string;
  /** For people: the rest of the line. */
  readonly detail?: string;
  /** For machines: anything more. Never a secret. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Kept in the log only. */
  readonly quiet?: boolean;
}

/** The line on the console: `lifeboot 12.34 phase check-root: done (e2fsck corrected errors)`. */
export function formatEvent(event: BootEvent, uptimeMs: number): string {
  const detail = event.detail === undefined ? '' : ` (${event.detail})`;
  return `lifeboot ${(uptimeMs / 1000).toFixed(2)} ${event.subject} ${event.name}: ${event.what}${detail}`;
}

/** Tells of one event. A full or read-only log never stops the boot: the console line still goes out. */
export async function emit(sys: Sys, event: BootEvent): Promise<void> {
  const uptimeMs = sys.uptimeMs();
  if (!event.quiet) sys.console(formatEvent(event, uptimeMs));
  const { quiet: _, ...kept } = event;
  const record = safeJson({ uptimeMs: Math.round(uptimeMs), time: sys.wallClock().toISOString(), ...kept });
  try {
    await sys.appendLine(paths.events, record);
  } catch (error) {
    sys.console(`lifeboot: cannot write ${paths.events}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
