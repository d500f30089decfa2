/** Two scripts that see to one link with one target, each in a way that replaces what is there (`ln -sfn`): it is never away. */
import { FAILED } from './access-list.ts';
import type { Conflict } from './conflicts.ts';
import { kindMade, type MakerKnowledge } from './makers.ts';
import { isStore } from './operations.ts';

/** Each was seen to be refused, and to put its own in the place of the other's. */
export function isSameLink(conflict: Conflict, { agree }: MakerKnowledge): boolean {
  const { used, first, second } = conflict;
  if (used.object.facet !== 'name' || agree(first.script, second.script, used.object.text) !== 'same') return false;
  return [first, second].every(({ script }) => {
    const stores = used.uses.filter((use) => use.script === script && isStore(use.operation));
    const refused = stores.filter(({ operation, flags }) => operation === 'create' && (flags & FAILED) !== 0);
    return (
      kindMade(conflict, script) === 'symlink' &&
      stores.every(({ operation }) => operation === 'create' || operation === 'replace') &&
      refused.length > 0 &&
      refused.every(({ trace }) => stores.some((use) => use.trace === trace && use.operation === 'replace'))
    );
  });
}
