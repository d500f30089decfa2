/** Who listens before it looks hears of what comes later. */
import { FAILED } from './access-list.ts';
import type { Conflict } from './conflicts.ts';
import type { Use } from './object-use.ts';

/** The script listens for what the kernel tells (''), or for changes in the directory, since before this use. */
export type Listens = (use: Use, directory: string) => boolean;

export function isToldLater({ used, first, second }: Conflict, { listens }: { readonly listens: Listens }): boolean {
  const looks = ({ operation }: Use): boolean => operation === 'look' || operation === 'read' || operation === 'list';
  // It takes away what it is told of, whenever that comes.
  const takes = ({ operation, flags }: Use): boolean => operation === 'remove' && (flags & FAILED) === 0;
  const look = [first, second].find(looks) ?? [first, second].find(takes);
  const { facet, text } = used.object;
  const isOfKernel = ['interfaces', 'net-list', 'net'].includes(facet) || /^\/(sys|dev|proc\/sys)\//.test(text);
  if (look === undefined) return false;
  const directory = facet === 'list' ? text : text.slice(0, text.lastIndexOf('/'));
  return listens(look, isOfKernel ? '' : directory);
}
