/** Two scripts that each look for a line of their own, and add it where it is not. */
import { type Conflict, habitOf } from './conflicts.ts';
import type { Use } from './object-use.ts';
import { isStore } from './operations.ts';

/** What they saw of the rest goes nowhere. */
export function addsIfMissing(conflict: Conflict): boolean {
  const { used, first, second } = conflict;
  const both = (test: (use: Use) => boolean): boolean => [first, second].every(test);
  const does = (operation: Use['operation']): boolean => [first, second].some((use) => use.operation === operation);
  if (used.object.facet === 'net-list') return both((use) => enters(conflict, use)) && does('list');
  return does('append') && does('read') && both((use) => appends(conflict, use) && !habitOf(used, use.script).learns);
}

/** All that it writes is added at the end. */
const appends = ({ used }: Conflict, { script }: Use): boolean =>
  used.uses.every((use) => use.script !== script || use.operation === 'append' || !isStore(use.operation)) &&
  used.uses.some((use) => use.script === script && use.operation === 'append');

/** It puts something of its own into the list. */
const enters = ({ used }: Conflict, { script }: Use): boolean =>
  used.uses.some((use) => use.script === script && use.operation === 'change');
