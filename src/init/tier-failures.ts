/** When a tier has gone so wrong that the boot is held there: the header of a script says so, or too many failed. */
import type { ScriptState } from '../sys/boot-state.ts';
import { held, type PhaseResult } from '../sys/phase-result.ts';
import { claimName, forgetRun } from './claims.ts';
import { fstabScripts } from './fstab-scripts.ts';
import type { Tier } from './init-script.ts';
import { readSnapshot } from './processes/snapshot.ts';
import { lastLines } from './script-output.ts';
import type { TierContext } from './tier-context.ts';
import { findScript, withScript } from './tier-state.ts';

export interface TierHold {
  readonly reason: string;
  /** What did not start. */
  readonly rows: readonly ScriptState[];
}

const OUTPUT_LINES = 10;
/** Of the snapshot of a script that is held for: the file has all of it. */
const SNAPSHOT_LINES = 12;

/** Undefined when the next tier may start. */
export function planTierHold(context: Pick<TierContext, 'tiers' | 'fstab' | 'tierFailures'>, tier: Tier): TierHold | undefined {
  const rows = failuresOf(context, tier);
  const holds = (name: string): boolean =>
    tier.scripts.some((script) => script.name === name && script.header.onFailure === 'hold') ||
    (context.fstab?.onFailure === 'hold' && fstabScripts.has(name));
  const holding = rows.filter(({ name }) => holds(name));
  const names = holding.map(({ name }) => name);
  if (names.length > 0) {
    const setting = names.every((name) => fstabScripts.has(name)) ? 'fsck.failed_filesystem' : 'X-On-Failure';
    return { reason: `${names.join(', ')} of ${tier.name} did not start, and ${setting} says hold`, rows: holding };
  }
  const failed = rows.filter(({ blockedBy }) => blockedBy === undefined);
  if (context.tierFailures === 0 || failed.length < context.tierFailures) return undefined;
  return { reason: `${failed.length} scripts of ${tier.name} failed, and scripts.tier_failures is ${context.tierFailures}`, rows };
}

/** What failed, was too late, or was skipped because of such a one; without those whose failure is to be ignored. */
function failuresOf({ tiers }: Pick<TierContext, 'tiers'>, tier: Tier): readonly ScriptState[] {
  return tier.scripts
    .filter(({ header }) => header.onFailure !== 'ignore')
    .map(({ name }) => findScript(tiers(), tier.name, name))
    .filter((row) => row !== undefined)
    .filter(({ status, blockedBy }) => status === 'failed' || status === 'timed-out' || (status === 'skipped' && blockedBy !== undefined));
}

/** Each script that did not start, what it said last, and what it was doing when its time was up. */
export async function holdFor({ sys, paths }: TierContext, tier: Tier, { reason, rows }: TierHold): Promise<PhaseResult> {
  const evidence: string[] = [];
  for (const { name, status, detail, snapshot } of rows) {
    const claim = claimName(name, 'start');
    evidence.push(`${name}: ${status}${detail === undefined ? '' : ` (${detail})`}`);
    if (snapshot !== undefined)
      evidence.push(...(await readSnapshot(sys, paths, claim)).slice(0, SNAPSHOT_LINES), `all of it: ${snapshot}`);
    evidence.push(...(await lastLines(sys, paths, claim, OUTPUT_LINES)).map((line) => `${name}: ${line}`));
  }
  const ran = rows.filter(({ blockedBy }) => blockedBy === undefined).map(({ name }) => name);
  const advice = tier.scripts
    .filter(({ name }) => ran.includes(name))
    .map(({ name, path }) => ({ command: `${path} start`, does: `shows what ${name} says` }));
  return held(reason, evidence, advice);
}

/** For `lifeboot retry`: what the boot is held for begins anew. */
export async function forgetFailures(context: TierContext, tier: Tier): Promise<void> {
  for (const { name } of planTierHold(context, tier)?.rows ?? []) {
    await forgetRun(context.sys, context.paths, claimName(name, 'start'));
    await context.update((states) => withScript(states, tier.name, name, { status: 'waiting' }));
  }
}
