/** What kind of race a conflict is, and which script should come first where the kind tells. */
import type { RaceType } from '../report/finding.ts';
import { CLEANS, FAILED, REPLACES, SETS_ALL, TAKES_PLACE, TOLERANT } from './access-list.ts';
import { type Conflict, habitOf } from './conflicts.ts';
import { kindMade } from './makers.ts';
import type { Use, UsedObject } from './object-use.ts';
import { isStore, type Operation } from './operations.ts';

export interface Kind {
  readonly type: RaceType;
  /** The producer, cleaner, mounter, listener; absent: nobody should be first. */
  readonly leader?: Use;
}

const makes: readonly Operation[] = ['create', 'ensure', 'replace'];
const MEANT_TO_END = 'end';

export function classify(conflict: Conflict): Kind {
  const { first, second } = conflict;
  return pairKind(first, second, conflict) ?? pairKind(second, first, conflict) ?? { type: 'T3' };
}

/** `a` and `b` in the order of the rows; undefined: look at them the other way round. */
function pairKind(a: Use, b: Use, conflict: Conflict): Kind | undefined {
  const { facet } = conflict.used.object;
  if (facet === 'writable') return writableKind(a, b, conflict);
  if (facet === 'running') return b.operation === 'below' ? { type: 'T4', leader: b } : undefined;
  if (makes.includes(a.operation)) return makerKind(a, b, conflict);
  switch (a.operation) {
    case 'remove':
      if (isLock(a, b, conflict)) return { type: 'T4' };
      if (bothTake(a, b, conflict)) return { type: 'T5' };
      if (b.operation === 'look' && isReplaced(a, b, conflict)) return { type: 'T3' };
      return b.operation === 'look' || b.operation === 'remove' ? { type: 'T2', leader: a } : undefined;
    case 'write':
    case 'append':
      return contentsKind(a, b, conflict);
    case 'change':
      return b.operation === 'list' ? listKind(a, b, conflict) : undefined;
    case 'bind':
    case 'try-lock':
      return { type: 'T4' };
    case 'listen':
      return b.operation === 'connect' ? { type: 'T1', leader: a } : b.operation === 'emit' ? { type: 'T9', leader: a } : undefined;
    case 'mount':
      if (b.operation === 'umount') return { type: 'T2', leader: b };
      return b.operation === 'below' ? { type: 'T6', leader: takesPlace(b, conflict) ? b : a } : { type: 'T4' };
    case 'umount':
      return b.operation === 'below' ? { type: 'T2', leader: a } : undefined;
    case 'start':
      return startKind(a, b);
    case 'watch':
      return { type: 'T9', leader: a };
    default:
      return undefined;
  }
}

/** Read-only for a time: nobody may write in it, and who has a file open to write keeps it from becoming so. Read-only for good: who writes is first. */
function writableKind(a: Use, b: Use, { used }: Conflict): Kind | undefined {
  if (b.operation !== 'look') return undefined;
  if (habitOf(used, a.script).remakes || (a.operation === 'remove' && (a.flags & FAILED) !== 0)) return { type: 'T4', leader: a };
  return a.operation === 'remove' ? { type: 'T4', leader: b } : { type: 'T1', leader: a };
}

/** Where something is mounted it would be refused. */
const takesPlace = ({ script }: Use, { used }: Conflict): boolean =>
  used.uses.some((use) => use.script === script && (use.flags & TAKES_PLACE) !== 0);

/** Both make it and take it away again: it is theirs in turn. */
const isLock = (a: Use, b: Use, { used }: Conflict): boolean => habitOf(used, a.script).removes && habitOf(used, b.script).removes;

/** Each looks whether it is there and takes it away: the second one takes what the first has left since. */
const bothTake = (a: Use, b: Use, { used }: Conflict): boolean => habitOf(used, a.script).takes && habitOf(used, b.script).takes;

/** One puts its own in the place of what is there, and so does the one that looks. */
const isReplaced = (remover: Use, looker: Use, { used }: Conflict): boolean =>
  habitOf(used, remover.script).remakes && habitOf(used, looker.script).ensures;

function makerKind(a: Use, b: Use, conflict: Conflict): Kind | undefined {
  if (isLock(a, b, conflict)) return { type: 'T4' };
  if (bothTake(a, b, conflict)) return { type: 'T5' };
  // Away with the old one, and its own in its place: that is no cleaning.
  const cleaning: Kind = habitOf(conflict.used, b.script).remakes ? { type: 'T3' } : { type: 'T2', leader: b };
  if (b.operation === 'remove') return cleaning;
  const mistaken = becomesPlain(a, b, conflict) ?? becomesPlain(b, a, conflict);
  if (mistaken !== undefined) return mistaken;
  if (b.operation === 'look') {
    if ((b.flags & SETS_ALL) !== 0) return { type: 'T3' };
    const isOwn = cleaning.type === 'T3' && !acts(conflict, b.script);
    if (isOwn || ((b.flags & CLEANS) !== 0 && (b.flags & FAILED) !== 0)) return cleaning;
    return acts(conflict, b.script) && makes.includes(a.operation) ? { type: 'T5' } : { type: 'T1', leader: a };
  }
  if (!makes.includes(b.operation)) return undefined;
  if (opens(a) && b.operation === 'create') return undefined;
  if (habitOf(conflict.used, a.script).checks || habitOf(conflict.used, b.script).checks) return { type: 'T5' };
  const remakes = (use: Use): boolean => use.operation === 'replace' || habitOf(conflict.used, use.script).remakes;
  if (remakes(a) || remakes(b)) return { type: 'T3' };
  if (opens(b)) return { type: 'T1', leader: a };
  return a.operation === 'create' || b.operation === 'create' ? { type: 'T4' } : { type: 'T3' };
}

/** What is opened to be written becomes a plain file where there is none: it was to be something else. */
function becomesPlain(maker: Use, opener: Use, conflict: Conflict): Kind | undefined {
  if (!isPlain(opener) || kindMade(conflict, opener.script) !== undefined) return undefined;
  const makesOther = maker.operation === 'create' || maker.operation === 'look';
  return makesOther && SPECIAL.test(kindMade(conflict, maker.script) ?? '') ? { type: 'T1', leader: maker } : undefined;
}

const SPECIAL = /^(directory|fifo|device)$/;
const isPlain = ({ operation, flags }: Use): boolean => operation === 'ensure' && (flags & TOLERANT) === 0;

/** It would have made it, but what it wanted was there. */
const opens = ({ operation, flags, wasThere }: Use): boolean => operation === 'ensure' && (flags & TOLERANT) === 0 && wasThere === true;

/** It looked for the thing in order to make it. */
const acts = ({ used }: Conflict, script: number): boolean => habitOf(used, script).checks;

function contentsKind(a: Use, b: Use, { used }: Conflict): Kind | undefined {
  const isUpdate = used.object.facet === 'data';
  const updates = (use: Use): boolean => isUpdate && habitOf(used, use.script).updates;
  const empties = (use: Use): boolean => isUpdate && use.value === '' && habitOf(used, use.script).empties;
  if (empties(a) && !habitOf(used, b.script).empties) return { type: 'T2', leader: a };
  if (empties(b) && b.operation === 'write') return undefined;
  const bothMake = habitOf(used, a.script).checks && habitOf(used, b.script).checks;
  if (b.operation === 'read') return bothMake || (updates(a) && updates(b)) ? { type: 'T5' } : { type: 'T1', leader: a };
  if (b.operation !== 'write' && b.operation !== 'append') return undefined;
  if (habitOf(used, a.script).checks || habitOf(used, b.script).checks) return { type: 'T5' };
  const anew = [a, b].find((use) => isUpdate && !updates(use === a ? b : a) && isAddedTo(use, use === a ? b : a, used));
  if (anew !== undefined) return { type: 'T3', leader: anew };
  return { type: (updates(a) && (updates(b) || b.operation === 'append')) || (updates(b) && a.operation === 'append') ? 'T5' : 'T3' };
}

/** The one writes the file anew, the other one adds to whatever is there: nothing is lost when what is added comes last. */
function isAddedTo(a: Use, b: Use, { uses }: UsedObject): boolean {
  const stores = (script: number) => uses.filter((use) => use.script === script && isStore(use.operation));
  const anew = ({ value, flags }: Use): boolean => value === '' || (flags & REPLACES) !== 0;
  return (
    stores(b.script).every(({ operation }) => operation === 'append') &&
    stores(a.script).some((use) => use.operation === 'write' && anew(use))
  );
}

/** Who lists a directory to clean it goes before who puts something there. Who sets the bits of all that is there sets them of that, or does not. */
function listKind(change: Use, list: Use, { used }: Conflict): Kind {
  if ((list.flags & SETS_ALL) !== 0) return { type: 'T3' };
  return habitOf(used, list.script).cleans ? { type: 'T2', leader: list } : { type: 'T1', leader: change };
}

function startKind(start: Use, signal: Use): Kind {
  if (signal.value === MEANT_TO_END) return { type: 'T2', leader: signal };
  return { type: signal.value === 'ask' || (signal.flags & FAILED) !== 0 ? 'T1' : 'T9', leader: start };
}
