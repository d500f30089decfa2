/** The verdict over a boot: good, or bad with every reason. Pure, but for the file that tells other programs. */
import type { ScriptState, TierState, Verdict } from '../sys/boot-state.ts';
import { paths } from '../sys/paths.ts';
import type { Sys } from '../sys/sys.ts';
import type { HealthResult } from './health/check-health.ts';
import type { OnFailure } from './lsb-header.ts';

export interface BootFacts {
  readonly tiers: readonly TierState[];
  readonly health: readonly HealthResult[];
  readonly onFailure: (script: string) => OnFailure;
  /** Failures from elsewhere: phases that failed or were skipped by the operator. */
  readonly otherReasons?: readonly string[];
  readonly atMs: number;
}

/** Bad for each script that failed, was too late or was never reached (unless it may be ignored), and each required check. */
export function judgeBoot({ tiers, health, onFailure, otherReasons = [], atMs }: BootFacts): Verdict {
  const scripts = tiers.flatMap(({ scripts: rows }) => rows).filter(({ name }) => onFailure(name) !== 'ignore');
  const reasons = [
    ...otherReasons,
    ...scripts.flatMap((row) => describeScript(row) ?? []),
    ...health
      .filter(({ healthy, wanted }) => !healthy && !wanted)
      .map(({ script, check, detail }) => `${script} is unhealthy: ${check}: ${detail}`),
  ];
  return { outcome: reasons.length === 0 ? 'good' : 'bad', reasons, atMs };
}

function describeScript({ name, status, detail, blockedBy }: ScriptState): string | undefined {
  const why = detail === undefined ? '' : `: ${detail}`;
  if (status === 'failed') return `${name} failed${why}`;
  if (status === 'timed-out') return `${name} timed out${why}`;
  if (status === 'skipped' && blockedBy !== undefined) return `${name} was skipped${why}`;
  return status === 'waiting' || status === 'starting' ? `${name} was not started to the end` : undefined;
}

/** For watchdogs and updaters: the verdict alone, readable by everybody. */
export async function writeVerdict(sys: Sys, verdict: Verdict): Promise<void> {
  await sys.writeAtomic(paths.verdict, `${JSON.stringify(verdict)}\n`, 0o644);
}
