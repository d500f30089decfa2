/** The phase that judges the boot: makes the health checks of everything that was started, and writes the verdict down. */
import { acceptRepairs } from '../fsck/ladder/accept-repairs.ts';
import type { TierState } from '../sys/boot-state.ts';
import { emit } from '../sys/events.ts';
import { done, type PhaseResult } from '../sys/phase-result.ts';
import type { BootContext } from './boot-context.ts';
import { checkHealth, type ScriptCheck } from './health/check-health.ts';
import { hasProcesses } from './health/has-processes.ts';
import type { InitScript } from './init-script.ts';
import { judgeBoot, writeVerdict } from './judge-boot.ts';
import { scriptPaths } from './script-paths.ts';

export async function judgeBootPhase(context: BootContext): Promise<PhaseResult> {
  const { sys, config, store, plannedTiers, signal } = context;
  const scripts = (await plannedTiers()).flatMap((tier) => tier.scripts);
  const health = await checkHealth(sys, planChecks(scripts, store.current().tiers), {
    timeoutMs: config.health.timeout_seconds * 1000,
    hasProcesses: (script) => hasProcesses(sys, scriptPaths, script),
    signal,
  });
  const verdict = judgeBoot({
    tiers: store.current().tiers,
    health,
    onFailure: (name) => scripts.find((script) => script.name === name)?.header.onFailure ?? 'degrade',
    otherReasons: phaseReasons(store.current().phases, store.current().overrides),
    atMs: sys.uptimeMs(),
  });
  await store.update((state) => ({ ...state, health, verdict }));
  await writeVerdict(sys, verdict);
  await emit(sys, {
    subject: 'verdict',
    name: 'boot',
    what: verdict.outcome,
    ...(verdict.reasons.length === 0 ? {} : { detail: verdict.reasons.join('; ') }),
  });
  if (verdict.outcome === 'good') await acceptRepairs(sys, config.fsck.undo_directory);
  return done(verdict.outcome);
}

/** The checks of every script that was started. What is not installed (LSB exit 5, 6), was skipped or stopped has nothing to be healthy. */
export function planChecks(scripts: readonly InitScript[], tiers: readonly TierState[]): readonly ScriptCheck[] {
  const rows = tiers.flatMap((tier) => tier.scripts);
  const wasStarted = (name: string): boolean =>
    rows.some((row) => row.name === name && !['skipped', 'waiting', 'stopped'].includes(row.status));
  return scripts
    .filter((script) => script.skip === undefined && wasStarted(script.name))
    .flatMap(({ name, header }) => header.healthChecks.map((check) => ({ script: name, check })));
}

function phaseReasons(
  phases: readonly { readonly name: string; readonly status: string; readonly detail?: string }[],
  overrides: readonly string[],
): readonly string[] {
  const failed = phases
    .filter(({ status }) => status === 'failed')
    .map(({ name, detail }) => `phase ${name} failed: ${detail ?? 'no reason given'}`);
  return [...failed, ...overrides];
}
