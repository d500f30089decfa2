/** Names that only the first one can make, who then does what is to be done once: what he does under them, nobody else does in that boot. */
import { FAILED } from './access-list.ts';
import type { Conflict } from './conflicts.ts';
import { eachAccess } from './each-access.ts';
import { isAsGood, type MakerKnowledge } from './makers.ts';
import type { Digest, Use } from './object-use.ts';

export interface Guard {
  readonly path: string;
  /** When who made it in which recording, by `TRACE SCRIPT`. */
  readonly won: ReadonlyMap<string, number>;
}

export interface GuardKnowledge extends MakerKnowledge {
  readonly guards: () => readonly Guard[];
  /** Somebody was seen to write into it. */
  readonly hasContents: (path: string) => boolean;
}

/** Both touch it only in boots in which they were the first to make one and the same name. */
export function isOfFirstOnly({ used, first, second }: Conflict, { guards }: GuardKnowledge): boolean {
  const scripts = [first.script, second.script];
  const own = used.uses.filter(({ script }) => scripts.includes(script));
  const isBehind =
    ({ won }: Guard) =>
    ({ trace, script, firstTick }: Use): boolean =>
      (won.get(`${trace} ${script}`) ?? Number.POSITIVE_INFINITY) < firstTick;
  return guards().some((guard) => guard.path !== used.object.text && own.every(isBehind(guard)));
}

/** Who was refused leaves undone only what the other has done in its place, with the same contents. */
export function isDoneByOther(conflict: Conflict, knowledge: GuardKnowledge): boolean {
  const { used, first, second } = conflict;
  const { leftOf, endedWell, agree, hasContents } = knowledge;
  const { facet, text } = used.object;
  const guard = facet === 'name' ? knowledge.guards().find(({ path }) => path === text) : undefined;
  if (guard === undefined || ![first, second].every(({ operation }) => operation === 'create')) return false;
  if (hasContents(text) && !isAsGood(conflict, knowledge)) return false;
  const isContent = (script: number, other: number): boolean =>
    used.uses.some((lost) => {
      const { trace } = lost;
      if (lost.script !== script || lost.operation !== 'create' || (lost.flags & FAILED) === 0 || !guard.won.has(`${trace} ${other}`))
        return false;
      const [own, theirs] = [leftOf(trace, script, text), leftOf(trace, other, text)];
      const isDone = (path: string): boolean =>
        own.has(path) || (theirs.has(path) && (!hasContents(path) || agree(script, other, path) === 'same'));
      const isSame = (winner: string): boolean => [...leftOf(Number(winner.split(' ')[0]), script, text)].every(isDone);
      return endedWell(trace, script) && [...guard.won.keys()].some((winner) => winner.endsWith(` ${script}`) && isSame(winner));
    });
  return isContent(first.script, second.script) && isContent(second.script, first.script);
}

/** Two scripts try to make it, and nobody takes it away, or makes it in another way. */
export function findGuards(digests: readonly Digest[]): readonly Guard[] {
  const makers = new Map<string, Set<number>>();
  const spoiled = new Set<string>();
  const won = new Map<string, Map<string, number>>();
  eachAccess(digests, ({ digest: { trace }, object: { facet, text }, script, operation, failed, tick }) => {
    if (facet !== 'name') return;
    if ((operation === 'remove' && !failed) || operation === 'ensure' || operation === 'replace') spoiled.add(text);
    if (operation !== 'create') return;
    makers.set(text, (makers.get(text) ?? new Set()).add(script));
    if (failed) return;
    const wins = won.get(text) ?? new Map<string, number>();
    won.set(text, wins);
    if (!wins.has(`${trace} ${script}`)) wins.set(`${trace} ${script}`, tick);
  });
  return [...won].flatMap(([path, wins]) => ((makers.get(path)?.size ?? 0) > 1 && !spoiled.has(path) ? [{ path, won: wins }] : []));
}
