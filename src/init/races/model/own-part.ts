/** Two scripts that write into one file in place, each into bytes of its own (`dd conv=notrunc`). */
import type { Conflict } from './conflicts.ts';
import type { Part } from './contents.ts';
import type { Use } from './object-use.ts';

export interface PartKnowledge {
  /** Where it wrote into it; undefined: not known, or all over it. */
  readonly partsOf: (use: Use, path: string) => readonly Part[] | undefined;
}

/** No byte is written by both, and nothing else of the file changes. */
export function isOwnPart({ used: { object }, first, second }: Conflict, { partsOf }: PartKnowledge): boolean {
  if (object.facet !== 'data' || first.operation !== 'write' || second.operation !== 'write') return false;
  const [own, others] = [partsOf(first, object.text), partsOf(second, object.text)];
  if (own === undefined || others === undefined) return false;
  return own.every(([from, until]) => others.every(([otherFrom, otherUntil]) => until <= otherFrom || otherUntil <= from));
}
