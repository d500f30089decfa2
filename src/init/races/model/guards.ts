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
  /** Files that the script read in that recording, and programs that it ran. */
  readonly readOf: (trace: number, script: number) => ReadonlySet<string>;
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

/** Who was refused leaves undone only what the other has done in its place: by the same programs and files, with the same contents. */
export function isDoneByOther(conflict: Conflict, knowledge: GuardKnowledge): boolean {
  const { used, first, second } = conflict;
  const { facet, text } = used.object;
  const guard = facet === 'name' ? knowledge.guards().find(({ path }) => path === text) : undefined;
  if (guard === undefined || ![first, second].every(({ operation }) => operation === 'create')) return false;
  if (knowledge.hasContents(text) && !isAsGood(conflict, knowledge)) return false;
  const turns = [turnsOf(conflict, guard, first.script), turnsOf(conflict, guard, second.script)] as const;
  const good = turns.map((own, index) => own.filter((turn) => isLeftToOther(turn, turns[1 - index]?.[0]?.script ?? -1, text, knowledge)));
  const [ofFirst = [], ofSecond = []] = good.map((own) => own.map((turn) => inputsOf(turn, knowledge)));
  return ofFirst.some((inputs) => ofSecond.includes(inputs));
}

/** A recording in which the script was the first, and one in which it was not. */
interface Turn {
  readonly script: number;
  readonly won: number;
  readonly lost: number;
}

function turnsOf({ used }: Conflict, guard: Guard, script: number): readonly Turn[] {
  const refused = used.uses.filter((use) => use.script === script && use.operation === 'create' && (use.flags & FAILED) !== 0);
  const won = [...guard.won.keys()].map((key) => key.split(' ').map(Number)).filter(([, winner]) => winner === script);
  return won.flatMap(([trace = -1]) => [...new Set(refused.map((use) => use.trace))].map((lost) => ({ script, won: trace, lost })));
}

function isLeftToOther({ script, won, lost }: Turn, other: number, guard: string, knowledge: GuardKnowledge): boolean {
  const { leftOf, endedWell, agree, hasContents } = knowledge;
  const [own, theirs] = [leftOf(lost, script, guard), leftOf(lost, other, guard)];
  const isDone = (what: string): boolean =>
    own.has(what) || (theirs.has(what) && (!hasContents(what) || agree(script, other, what) === 'same'));
  return endedWell(lost, script) && [...leftOf(won, script, guard)].every(isDone);
}

/** What it reads and runs only when it is the first. */
function inputsOf({ script, won, lost }: Turn, { readOf }: GuardKnowledge): string {
  const always = readOf(lost, script);
  return [...readOf(won, script)]
    .filter((path) => !always.has(path))
    .sort()
    .join('\n');
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
