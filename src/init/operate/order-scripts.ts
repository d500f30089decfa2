/** In which order several scripts are acted upon by hand, and who is left without what it needs. Pure. */
import type { BootState } from '../../sys/boot-state.ts';
import type { InitScript, Tier } from '../init-script.ts';
import { findRow, type HandAction } from './operation.ts';

/** Groups whose members do not wait for each other: by tier, on the way down in reverse. What no tier has comes last, and is stopped first. */
export function orderScripts(tiers: readonly Tier[], names: readonly string[], action: HandAction): readonly (readonly string[])[] {
  const left = new Set(names);
  const groups = tiers.map(({ scripts }) => scripts.map(({ name }) => name).filter((name) => left.delete(name)));
  groups.push([...left].sort());
  const wanted = groups.filter((group) => group.length > 0);
  return action === 'stop' ? wanted.toReversed() : wanted;
}

/** Started scripts that name something this one provides in their Required-Start, in the order of the plan. */
export function neededBy(tiers: readonly Tier[], state: BootState, script: InitScript): readonly string[] {
  const provided = new Set([script.name, ...script.header.provides]);
  return tiers
    .flatMap(({ scripts }) => scripts)
    .filter(({ name, header }) => name !== script.name && header.requiredStart.some((facility) => provided.has(facility)))
    .map(({ name }) => name)
    .filter((name) => findRow(state, name)?.status === 'started');
}
