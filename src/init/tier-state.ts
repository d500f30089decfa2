/** The tiers as the boot's state shows them: pure changes to `BootState.tiers`. */
import type { ScriptState, TierState } from '../sys/boot-state.ts';
import type { Tier } from './init-script.ts';
import { canFollow } from './script-life.ts';

export type Tiers = readonly TierState[];

/** Adds tiers that are not there yet, all their scripts waiting: so that people see what is still to come. */
export function withPlannedTiers(states: Tiers, tiers: readonly Tier[]): Tiers {
  const planned = tiers.filter((tier) => findTier(states, tier.name) === undefined);
  return [...states, ...planned.map(({ name, scripts }) => ({ name, status: 'waiting' as const, scripts: scripts.map(waiting) }))];
}

export function withTierStatus(states: Tiers, tier: string, status: TierState['status']): Tiers {
  return states.map((state) => (state.name === tier ? { ...state, status } : state));
}

/**
 * The script's row with `patch` on top; a row that starts anew (`waiting`, `starting`) keeps nothing of the old one. A patch that the life of a
 * script does not allow changes nothing: see script-life.ts.
 */
export function withScript(states: Tiers, tier: string, script: string, patch: Partial<ScriptState>): Tiers {
  const change = (row: ScriptState): ScriptState => {
    if (row.name !== script || !canFollow(row.status, patch.status ?? row.status)) return row;
    if (patch.status === 'waiting') return { name: script, status: 'waiting' };
    return patch.status === 'starting' && row.status !== 'starting' ? { name: script, status: 'starting', ...patch } : { ...row, ...patch };
  };
  return states.map((state) => (state.name === tier ? { ...state, scripts: state.scripts.map(change) } : state));
}

export const findTier = (states: Tiers, name: string): TierState | undefined => states.find((state) => state.name === name);

export const findScript = (states: Tiers, tier: string, script: string): ScriptState | undefined =>
  findTier(states, tier)?.scripts.find(({ name }) => name === script);

/** Nothing more will happen to it on the way up. */
export const isSettled = ({ status }: ScriptState): boolean => status !== 'waiting' && status !== 'starting';

const waiting = ({ name }: { readonly name: string }): ScriptState => ({ name, status: 'waiting' });
