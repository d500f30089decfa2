/** Files that a cleaner has seen and let alone: it takes others, older ones. */
import { CLEANS } from './access-list.ts';
import type { Conflict } from './conflicts.ts';
import { eachAccess } from './each-access.ts';
import type { Digest } from './object-use.ts';
import { isStore } from './operations.ts';

/** Whether the cleaner let what `maker` had put there alone, and took it away in no recording. */
export type Spares = (cleaner: number, maker: number, path: string) => boolean;

/** Of a name that the cleaner looks at, or a directory that it lists. */
export function isSpared({ used: { object }, first, second }: Conflict, { spares }: { readonly spares: Spares }): boolean {
  const [cleaner, maker] = isStore(second.operation) ? [first, second] : [second, first];
  if ((cleaner.flags & CLEANS) === 0 || !isStore(maker.operation)) return false;
  if (cleaner.operation === 'look') return spares(cleaner.script, maker.script, object.text);
  return (
    cleaner.operation === 'list' && maker.operation === 'change' && spares(cleaner.script, maker.script, join(object.text, maker.value))
  );
}

const join = (directory: string, base: string): string => `${directory === '/' ? '' : directory}/${base}`;

export function openSpared(digests: readonly Digest[], mask: (path: string) => string): Spares {
  /** By cleaner and path: when it looked at what, in which recording. */
  const looks = new Map<string, { readonly trace: number; readonly tick: number }[]>();
  /** It took it away, went into it, or read it to decide. */
  const touched = new Set<string>();
  const made = new Map<string, number>();
  eachAccess(digests, ({ digest: { trace }, object: { facet, text }, script, operation, flags, failed, tick }) => {
    if (facet !== 'name' && facet !== 'data' && facet !== 'list') return;
    const path = mask(text);
    const key = `${script} ${path}`;
    if (operation === 'remove' || operation === 'read' || operation === 'list') touched.add(key);
    if (facet !== 'name' || failed || operation === 'remove') return;
    if (isStore(operation)) {
      const each = `${trace} ${key}`;
      if (!made.has(each)) made.set(each, tick);
    } else if ((flags & CLEANS) !== 0) {
      const known = looks.get(key) ?? [];
      looks.set(key, known);
      known.push({ trace, tick });
    }
  });
  return (cleaner, maker, path) => {
    const key = `${cleaner} ${mask(path)}`;
    if (touched.has(key)) return false;
    return (looks.get(key) ?? []).some(({ trace, tick }) => (made.get(`${trace} ${maker} ${mask(path)}`) ?? tick) < tick);
  };
}
