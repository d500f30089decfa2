/** Whether something stood under a name, as far as calls told: from what each found, made, removed. */
import type { Name } from './name-tree.ts';
import type { Facet, SharedObject } from './object-table.ts';
import { ABSENT, PRESENT } from './operations.ts';

interface History {
  /** Before the first tick; undefined: nobody could tell. */
  before: boolean | undefined;
  readonly ticks: number[];
  readonly states: boolean[];
}

/** What stands under a name, or is an object of the kernel that has none. */
export type Standing = Name | SharedObject;

/** Of which it may be known whether it was there, before it is used. */
export const hasHistory = (facet: Facet): boolean => ['name', 'writable', 'net', 'gateway', 'rule', 'ipc'].includes(facet);

export interface Presence {
  /** A call at `tick` found it so. */
  found(name: Standing, tick: number, isThere: boolean): void;
  /** A call at `tick` made it so; `was`: what had been there, where the call told. */
  became(name: Standing, tick: number, isThere: boolean, was: boolean | undefined): void;
  /** Undefined: unknown. */
  at(name: Standing, tick: number): boolean | undefined;
}

export function openPresence(): Presence {
  const histories = new Map<Standing, History>();
  const add = (history: History, tick: number, isThere: boolean): void => {
    if (history.states.at(-1) === isThere) return;
    history.ticks.push(tick);
    history.states.push(isThere);
  };
  const change = (name: Standing, tick: number, isThere: boolean, was: boolean | undefined): void => {
    const history = histories.get(name);
    if (history === undefined) histories.set(name, { before: was, ticks: [tick], states: [isThere] });
    else add(history, tick, isThere);
  };
  return {
    found: (name, tick, isThere) => change(name, tick, isThere, isThere),
    became: change,
    at(name, tick) {
      const history = histories.get(name);
      if (history === undefined) return undefined;
      let index = history.ticks.length - 1;
      while (index >= 0 && (history.ticks[index] as number) >= tick) index -= 1;
      return index < 0 ? history.before : history.states[index];
    },
  };
}

/** What of a name may have been there: the states that commutation is tried from. */
export const statesOf = (isThere: boolean | undefined): readonly string[] =>
  isThere === undefined ? [ABSENT, PRESENT] : [isThere ? PRESENT : ABSENT];
