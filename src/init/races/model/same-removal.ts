/** Two scripts that both take a name away: whoever is first, it is gone. */
import { CLEANS, FAILED } from './access-list.ts';
import type { Conflict } from './conflicts.ts';
import type { MakerKnowledge } from './makers.ts';
import type { Use } from './object-use.ts';
import type { Operation } from './operations.ts';

const MAKES: readonly Operation[] = ['create', 'ensure', 'replace'];

/** The one looks for it only to take it away, too, and was seen to do the same when it was gone as when it was not. */
export function isSameRemoval({ used, first, second }: Conflict, { endedWell, leftOf }: MakerKnowledge): boolean {
  const [remover, looker] = first.operation === 'remove' ? [first, second] : [second, first];
  if (used.object.facet !== 'name' || remover.operation !== 'remove' || !isLookToRemove(looker)) return false;
  const of = ({ script }: Use): readonly Use[] => used.uses.filter((use) => use.script === script);
  const own = of(looker);
  if ([...own, ...of(remover)].some(({ operation }) => MAKES.includes(operation))) return false;
  if (!own.every((use) => use.operation === 'remove' || isLookToRemove(use))) return false;
  const found = new Set(own.filter(({ operation, flags }) => operation === 'remove' && (flags & FAILED) === 0).map(({ trace }) => trace));
  const missed = own.filter(({ flags, trace }) => (flags & FAILED) !== 0 && !found.has(trace)).map(({ trace }) => trace);
  const left = (trace: number): ReadonlySet<string> => leftOf(trace, looker.script, used.object.text);
  return missed.some(
    (trace) => endedWell(trace, looker.script) && [...found].some((other) => [...left(other)].every((each) => left(trace).has(each))),
  );
}

const isLookToRemove = ({ operation, flags }: Use): boolean => operation === 'look' && (flags & CLEANS) !== 0;
