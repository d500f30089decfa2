/** Which script says in its header that it goes behind which: insserv(8), also over others in between. */
import { DEBIAN_FACILITIES, expandWord, parseFacilities } from '../../plan/facilities.ts';
import type { TracedScript } from '../trace/trace.ts';

/** Whether an edge from the first to the second script is declared, by their names. */
export type IsDeclared = (first: string, second: string) => boolean;

const words = (text: string | undefined): readonly string[] => (text ?? '').split(/[\s,;]+/).filter((word) => word !== '');

export function findDeclared(scripts: readonly TracedScript[]): IsDeclared {
  const facilities = parseFacilities([DEBIAN_FACILITIES]);
  const providers = new Map<string, Set<string>>();
  for (const { name, header } of scripts) {
    for (const word of [name, ...words(header['Provides'])]) providers.set(word, (providers.get(word) ?? new Set()).add(name));
  }
  const meant = (word: string): readonly string[] => {
    const expansion = expandWord(word, facilities);
    if (expansion.kind === 'all') return scripts.map(({ name }) => name);
    return expansion.kind === 'names' ? expansion.wanted.flatMap(({ name }) => [...(providers.get(name) ?? [])]) : [];
  };
  const behind = new Map<string, Set<string>>();
  const add = (first: string, second: string): void => {
    if (first !== second) behind.set(first, (behind.get(first) ?? new Set()).add(second));
  };
  for (const { name, header } of scripts) {
    for (const word of [...words(header['Required-Start']), ...words(header['Should-Start'])])
      for (const first of meant(word)) add(first, name);
    for (const word of words(header['X-Start-Before'])) for (const second of meant(word)) add(name, second);
  }
  const reached = new Map<string, ReadonlySet<string>>();
  return (first, second) => {
    let known = reached.get(first);
    if (known === undefined) {
      const all = new Set(behind.get(first));
      for (const each of all) for (const next of behind.get(each) ?? []) all.add(next);
      reached.set(first, all);
      known = all;
    }
    return known.has(second);
  };
}
