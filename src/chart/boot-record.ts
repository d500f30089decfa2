/** One boot as spans of time: what the chart, `blame` and `critical-chain` are made of. Milliseconds after kernel start throughout. */

/** `running`: no end is known yet. */
export type Outcome = 'done' | 'failed' | 'timed-out' | 'skipped' | 'built-in' | 'held' | 'running';

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Run extends Span {
  readonly outcome: Outcome;
  readonly detail?: string;
}

export interface PhaseRow {
  readonly name: string;
  /** More than one when it was held and tried again. */
  readonly runs: readonly Run[];
}

export interface HealthMark {
  readonly healthy: boolean;
  readonly atMs: number;
  readonly detail: string;
}

export interface ScriptRow {
  readonly name: string;
  /** None when it was planned and never came to its turn. */
  readonly runs: readonly Run[];
  /** How long it might have taken. */
  readonly limitMs?: number;
  readonly health: readonly HealthMark[];
}

export interface TierRow {
  readonly name: string;
  /** Absent when it never began. */
  readonly span?: Span;
  readonly scripts: readonly ScriptRow[];
}

export interface NamedSpan extends Span {
  readonly name: string;
  readonly detail: string;
}

export interface BootRecord extends Span {
  /** Soft reboots before it: 0 for the first boot of this kernel. */
  readonly round: number;
  readonly phases: readonly PhaseRow[];
  readonly tiers: readonly TierRow[];
  readonly holds: readonly NamedSpan[];
  readonly sessions: readonly NamedSpan[];
  /** When rescue first listened. */
  readonly doorMs?: number;
  readonly verdict?: { readonly outcome: 'good' | 'bad'; readonly atMs: number; readonly reasons: string };
}

export const lengthOf = ({ startMs, endMs }: Span): number => Math.max(0, endMs - startMs);

/** From its first beginning to its last end; undefined when it never began. */
export function spanOf(runs: readonly Run[]): Span | undefined {
  const [first, last] = [runs[0], runs.at(-1)];
  return first === undefined || last === undefined ? undefined : { startMs: first.startMs, endMs: last.endMs };
}
