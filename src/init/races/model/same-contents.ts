/** Two scripts that write one file, each all of it. */
import { type Conflict, habitOf } from './conflicts.ts';
import type { Use } from './object-use.ts';

export interface ContentsKnowledge {
  /** What the script left in the file, by its number in this recording; undefined: not known. */
  readonly leftBy: (use: Use, path: string) => string | undefined;
}

/** Both leave the same, whatever was there before. */
export function isSameContents({ first, second, used }: Conflict, { leftBy }: ContentsKnowledge): boolean {
  if (used.object.facet !== 'data' || first.trace !== second.trace) return false;
  const overwrites = (use: Use): boolean => {
    const { updates, checks } = habitOf(used, use.script);
    return use.operation === 'write' && !updates && !checks;
  };
  const left = leftBy(first, used.object.text);
  return overwrites(first) && overwrites(second) && left !== undefined && left === leftBy(second, used.object.text);
}
