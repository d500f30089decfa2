/** Declared orders behind which there is a conflict: without them there would be a race. What is declared and not among them may cost time for nothing. */
import type { Conflict, IsOrdered } from './conflicts.ts';
import { findConflicts } from './conflicts.ts';
import { findDeclared } from './declared-edges.ts';
import type { Use, UsedObject } from './object-use.ts';
import type { Roster } from './roster.ts';

export interface NeededOrders {
  /** Looks at one object as if nothing ordered anybody. `isForgiven`: a rule calls it harmless. */
  look(used: UsedObject, shared: (a: number, b: number) => boolean, isForgiven: (conflict: Conflict) => boolean): void;
  /** Names in pairs, sorted. */
  list(): readonly (readonly [string, string])[];
}

export function openNeededOrders({ scripts, nameOf }: Pick<Roster, 'scripts' | 'nameOf'>): NeededOrders {
  const isDeclared = findDeclared(scripts);
  const known = new Map<number, 'open' | 'settled'>();
  const keyOf = (a: number, b: number): number => Math.min(a, b) * scripts.length + Math.max(a, b);
  /** Nothing is to be learned of a pair that no header orders, nor of one that is known to need it. */
  const isSettled: IsOrdered = (a: Use, b: Use) => {
    const key = keyOf(a.script, b.script);
    const state = known.get(key);
    if (state !== undefined) return state === 'settled';
    const [one, other] = [nameOf(a.script), nameOf(b.script)];
    const declared = isDeclared(one, other) || isDeclared(other, one);
    known.set(key, declared ? 'open' : 'settled');
    return !declared;
  };
  const needed = new Map<number, readonly [string, string]>();
  return {
    look(used, shared, isForgiven) {
      for (const conflict of findConflicts(used, isSettled, shared)) {
        const [a, b] = [conflict.first.script, conflict.second.script];
        const key = keyOf(a, b);
        if (needed.has(key) || isForgiven(conflict)) continue;
        needed.set(key, [nameOf(Math.min(a, b)), nameOf(Math.max(a, b))]);
        known.set(key, 'settled');
      }
    },
    list: () => [...needed].toSorted(([a], [b]) => a - b).map(([, names]) => names),
  };
}
