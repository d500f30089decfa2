/** What the boot waited for, one after another: phases, and in each tier the script that kept the next tier waiting. */
import { type BootRecord, lengthOf, type PhaseRow, type Span, spanOf, type TierRow } from './boot-record.ts';

export interface ChainLink extends Span {
  readonly kind: 'phase' | 'script';
  readonly name: string;
  /** Of a script. */
  readonly tier?: string;
  /** How long nothing but this script kept its tier open, in milliseconds: what the barrier cost. */
  readonly aloneMs?: number;
  /** The script that had ended last before it. */
  readonly second?: string;
}

/** The links in the order of time. A phase that runs tiers is told by them. */
export function criticalChain({ phases, tiers }: BootRecord): readonly ChainLink[] {
  const scripts = tiers.flatMap((tier) => tierLink(tier) ?? []);
  return [...phases.flatMap((phase) => phaseLink(phase, tiers) ?? []), ...scripts].sort(
    (a, b) => a.startMs - b.startMs || a.endMs - b.endMs,
  );
}

/** A phase that only waits for its tiers. */
export const runsTiers = ({ name }: PhaseRow): boolean => name === 'tiers' || name === 'early-tiers';

function phaseLink(phase: PhaseRow, tiers: readonly TierRow[]): ChainLink | undefined {
  const span = spanOf(phase.runs);
  if (span === undefined || (runsTiers(phase) && tiers.length > 0)) return undefined;
  return { kind: 'phase', name: phase.name, ...span };
}

function tierLink({ name: tier, span, scripts }: TierRow): ChainLink | undefined {
  const ran = scripts
    .flatMap(({ name, runs }) => {
      const own = spanOf(runs);
      return own === undefined ? [] : [{ name, ...own }];
    })
    .sort((a, b) => b.endMs - a.endMs);
  const [last, second] = ran;
  if (last === undefined || span === undefined) return undefined;
  const aloneMs = lengthOf({ startMs: Math.max(second?.endMs ?? span.startMs, last.startMs), endMs: last.endMs });
  const { name, startMs, endMs } = last;
  return { kind: 'script', name, tier, startMs, endMs, aloneMs, ...(second === undefined ? {} : { second: second.name }) };
}
