/** The run level as the boot's state holds it. Pure. */
import type { BootState, RunlevelState } from '../../sys/boot-state.ts';
import type { LevelChange } from '../../sys/level-change.ts';
import { NO_LEVEL } from '../accounting/account.ts';

/** Levels that a machine which is up can be in: 0 and 6 are endings. */
export const isLevel = (word: string): boolean => /^[1-5S]$/.test(word);

/** `configured` is the level that the machine boots into. */
export const levelOf = (state: BootState, configured: number): RunlevelState =>
  state.runlevel ?? { current: String(configured), previous: NO_LEVEL, multiUser: String(configured) };

/** The scripts of this level are those that the machine runs; in 1 and S those of the last level from 2 to 5. */
export const servicesLevel = (state: BootState, configured: number): string => levelOf(state, configured).multiUser;

/** As `runlevel` prints it: `2 1`. */
export const formatLevel = ({ previous, current }: RunlevelState): string => `${previous} ${current}`;

/** The newest wish counts; the level that the machine is in, or on its way to, ends an older wish. */
export function withWish(runlevel: RunlevelState, level: string, by: string): RunlevelState {
  const { next: _, ...rest } = runlevel;
  return level === runlevel.current ? rest : { ...rest, next: { level, by } };
}

/** The wish becomes the level, with the way there still to go. */
export function beginChange(runlevel: RunlevelState, change: LevelChange): RunlevelState {
  const { current, next, multiUser, ...rest } = runlevel;
  if (next === undefined) return runlevel;
  const to = next.level;
  return { ...rest, current: to, previous: current, multiUser: /[2-5]/.test(to) ? to : multiUser, change };
}

/** Whatever was wished for meanwhile stays. */
export function endChange({ change: _, ...rest }: RunlevelState): RunlevelState {
  return rest;
}
