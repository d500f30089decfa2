/**
 * Which scripts a change of the run level stops and starts: Debian's `rc`, with what is known of each script in place of the links of
 * the level before. Pure.
 */
import type { ScriptState, ScriptStatus, TierState } from '../../sys/boot-state.ts';
import type { Tier } from '../init-script.ts';
import { isSettled, type Tiers } from '../tier-state.ts';

export interface LevelPlan {
  readonly stop: readonly string[];
  readonly start: readonly string[];
}

/** Of run level 1: what they do is lifeboot's to do, each time. */
export const KILLPROCS = 'killprocs';
export const SINGLE = 'single';

export const isEarly = ({ name }: { readonly name: string }): boolean => name.startsWith('rcS.d/');
const notRunning: readonly ScriptStatus[] = ['stopped', 'skipped', 'built-in', 'waiting'];
const up: readonly ScriptStatus[] = ['started', 'starting', 'built-in'];

/**
 * `stopping` are the tiers of the level's K links, `starting` those of its S links, behind those of rcS.d when the level is one for all
 * users. A K link stops what may run, also when nobody here has started it; an S link starts what is not up. A script of rcS.d is
 * started again when a level has stopped it: sysvinit leaves it out, and so comes back without portmap and the like.
 */
export function planLevel(stopping: readonly Tier[], starting: readonly Tier[], states: Tiers): LevelPlan {
  const rowsOf = (name: string) => states.flatMap(({ scripts }) => scripts.filter((row) => row.name === name));
  const mayRun = (name: string): boolean => {
    const rows = rowsOf(name);
    return rows.length === 0 || rows.some(({ status }) => !notRunning.includes(status));
  };
  const isDown = (name: string, early: boolean): boolean => {
    if (name === KILLPROCS || name === SINGLE) return true;
    return early ? rowsOf(name).some(({ status }) => status === 'stopped') : !rowsOf(name).some(({ status }) => up.includes(status));
  };
  const runnable = (tier: Tier) => tier.scripts.filter(({ skip }) => skip === undefined).map(({ name }) => name);
  const stop = stopping.flatMap(runnable).filter(mayRun);
  const start = starting.flatMap((tier) => runnable(tier).filter((name) => isDown(name, isEarly(tier))));
  return { stop: [...new Set(stop)], start: [...new Set(start)] };
}

/**
 * The tiers of the state once the level's own are in it, so that each script has one row: those of scripts that go on running come along
 * from the level before, those in `start` begin anew. Tiers of rcS.d stay where they are.
 */
export function withLevelTiers(states: Tiers, starting: readonly Tier[], start: readonly string[]): Tiers {
  const old = new Map(states.filter((tier) => !isEarly(tier)).flatMap(({ scripts }) => scripts.map((row) => [row.name, row] as const)));
  const own = starting.filter((tier) => !isEarly(tier));
  const moved = new Set(own.flatMap(({ scripts }) => scripts.map(({ name }) => name)));
  const rowOf = (name: string): ScriptState => (start.includes(name) ? undefined : old.get(name)) ?? { name, status: 'waiting' };

  const early = states.filter(isEarly).map((tier) =>
    withRows(
      tier.name,
      tier.scripts.map((row) => (start.includes(row.name) ? rowOf(row.name) : row)),
    ),
  );
  const left = states
    .filter((tier) => !isEarly(tier))
    .map((tier) =>
      withRows(
        tier.name,
        tier.scripts.filter(({ name }) => !moved.has(name)),
      ),
    );
  const added = own.map(({ name, scripts }) => {
    const stay = left.find((tier) => tier.name === name)?.scripts ?? [];
    return withRows(name, [...scripts.map((script) => rowOf(script.name)), ...stay]);
  });
  const apart = left.filter(({ name, scripts }) => scripts.length > 0 && !added.some((tier) => tier.name === name));
  return [...early, ...apart, ...added];
}

/** After killprocs: of the levels above rcS.d nothing runs any more, but for `spared`. */
export function withAllEnded(states: Tiers, spared: readonly string[]): Tiers {
  const end = (row: ScriptState): ScriptState =>
    spared.includes(row.name) || notRunning.includes(row.status) ? row : { ...row, status: 'stopped', detail: 'ended by killprocs' };
  return states.map((tier) => (isEarly(tier) ? tier : { ...tier, scripts: tier.scripts.map(end) }));
}

const withRows = (name: string, scripts: readonly ScriptState[]): TierState => ({
  name,
  status: scripts.every(isSettled) ? 'done' : 'waiting',
  scripts,
});
