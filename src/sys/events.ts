/** What happened, for people and machines: one line on the console, one NDJSON record in the event log. */
import type { eventKinds } from './event-kinds.ts';
import { paths } from './paths.ts';
import { safeJson } from './safe-json.ts';
import type { Sys } from './sys.ts';

export type Subject = keyof typeof eventKinds;

/** What may happen to a subject: one word. */
export type WhatOf<S extends Subject> = Extract<keyof (typeof eventKinds)[S]['words'], string>;

interface EventOf<S extends Subject> {
  readonly subject: S;
  /** Which one: a phase, tier or script name, an interface … Without blanks. */
  readonly name: string;
  /** What it did, as one word of event-kinds.ts: `started`, `done`, `failed`, `held` … */
  readonly what: WhatOf<S>;
  /** For people: the rest of the line. */
  readonly detail?: string;
  /** For machines: anything more. Never a secret. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** Kept in the log only. */
  readonly quiet?: boolean;
}

export type BootEvent = { readonly [S in Subject]: EventOf<S> }[Subject];

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
