/** Two scripts that each put a whole file in one place by a rename, if it is not there: whoever is first, both have the same there. */
import { REPLACES } from './access-list.ts';
import type { Conflict } from './conflicts.ts';
import { eachAccess } from './each-access.ts';
import { OWN_LOOK } from './habits.ts';
import type { MakerKnowledge } from './makers.ts';
import type { Digest } from './object-use.ts';
import type { Operation } from './operations.ts';

export interface Deeds {
  /** What the script did to the name and to the contents under it in each recording, in the order of time. */
  readonly deedsOf: (script: number, path: string) => readonly (readonly PlacedDeed[])[];
}

export interface PlacedDeed {
  readonly operation: Operation;
  readonly isWhole: boolean;
  readonly failed: boolean;
  readonly tick: number;
  /** A tool looks at what it is about to replace. */
  readonly isTool: boolean;
}

/** Both leave the same contents there, and each uses what it finds as it would use its own. */
export function isSameByEither({ used, first, second }: Conflict, knowledge: MakerKnowledge & Deeds): boolean {
  const { facet, text } = used.object;
  if (facet !== 'name' && facet !== 'data') return false;
  if (knowledge.agree(first.script, second.script, text) !== 'same') return false;
  return [first, second].every(({ script, trace, operation, firstTick }) => {
    const boots = knowledge.deedsOf(script, text);
    const isSettled = operation !== 'read' || isBehindLook(boots[trace] ?? [], firstTick);
    return isSettled && boots.every(makesWhole) && goesOnWithOther(boots, script, text, knowledge);
  });
}

const isMaking = ({ operation, isWhole }: PlacedDeed): boolean => operation === 'replace' && isWhole;
const isLookFor = ({ operation }: PlacedDeed): boolean => operation === 'look';

/** Every time that it missed it, it made it; it never wrote into it, nor took it away. */
function makesWhole(deeds: readonly PlacedDeed[]): boolean {
  const lastMade = deeds.findLast(isMaking)?.tick ?? -1;
  return deeds.every((deed) =>
    isLookFor(deed) ? !deed.failed || deed.tick < lastMade : isMaking(deed) || deed.operation === 'read' || isPart(deed),
  );
}

/** The rename also stores the contents. */
const isPart = ({ operation, isWhole }: PlacedDeed): boolean => operation === 'write' && isWhole;

/** It had looked before, so it would have made it had it not been there; and it makes nothing of what it read. */
const isBehindLook = (deeds: readonly PlacedDeed[], tick: number): boolean =>
  deeds.some((deed) => deed.tick < tick && (isLookFor(deed) || isMaking(deed))) &&
  !deeds.some((deed) => isMaking(deed) && deed.tick > tick);

function goesOnWithOther(
  boots: readonly (readonly PlacedDeed[])[],
  script: number,
  path: string,
  { leftOf, endedWell }: MakerKnowledge,
): boolean {
  const made = boots.flatMap((deeds, trace) => (deeds.some(isMaking) ? [trace] : []));
  const decides = boots.some((deeds) => deeds.some((deed) => isLookFor(deed) && deed.failed && !deed.isTool));
  if (!decides) return made.length > 0;
  const found = boots.flatMap((deeds, trace) => (deeds.some(isLookFor) && !deeds.some(isMaking) ? [trace] : []));
  return found.some((trace) => {
    const left = leftOf(trace, script, path);
    return endedWell(trace, script) && made.some((other) => [...leftOf(other, script, path)].every((each) => left.has(each)));
  });
}

/** Of the names that two scripts put something in the place of. */
export function openDeeds(digests: readonly Digest[]): Deeds {
  const wanted = findReplaced(digests);
  const deeds = digests.map((digest) => readDeeds(digest, wanted));
  return { deedsOf: (script, path) => deeds.map((each) => each.get(`${script} ${path}`) ?? []) };
}

function findReplaced(digests: readonly Digest[]): ReadonlySet<string> {
  const makers = new Map<string, Set<number>>();
  eachAccess(digests, ({ object: { facet, text }, operation, script }) => {
    if (facet === 'name' && operation === 'replace') makers.set(text, (makers.get(text) ?? new Set()).add(script));
  });
  return new Set([...makers].flatMap(([text, scripts]) => (scripts.size > 1 ? [text] : [])));
}

function readDeeds(digest: Digest, wanted: ReadonlySet<string>): ReadonlyMap<string, readonly PlacedDeed[]> {
  const found = new Map<string, PlacedDeed[]>();
  eachAccess([digest], ({ object: { facet, text }, operation, script, flags, failed, tick }) => {
    if ((facet !== 'name' && facet !== 'data') || !wanted.has(text)) return;
    const deeds = found.get(`${script} ${text}`) ?? [];
    found.set(`${script} ${text}`, deeds);
    const isTool = OWN_LOOK.test(digest.walked.actors[tick]?.comm ?? '');
    const isWhole = (flags & REPLACES) !== 0;
    deeds.push({ operation, isWhole, failed, tick, isTool });
  });
  return found;
}
