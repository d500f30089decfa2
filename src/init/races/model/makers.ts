/** Who makes something that another makes, too, and does not mind which of them has made it. */
import { CLEANS, FAILED, QUIET, TOLERANT } from './access-list.ts';
import type { Agree } from './agreement.ts';
import type { Conflict } from './conflicts.ts';
import type { Use } from './object-use.ts';

export interface MakerKnowledge {
  /** What ran it: the 15 bytes of comm. */
  readonly programOf: (use: Use) => string;
  /** `mkdir` of a call, `exec` of another event. */
  readonly callOf: (use: Use) => string;
  /** Its script had made the name before, as only one can. */
  readonly hasMade: (use: Use, path: string) => boolean;
  /** What the same process did to what behind it, by the tick. */
  readonly doneBehind: (use: Use) => ReadonlyMap<number, string>;
  /** Its root process has ended well. */
  readonly endedWell: (trace: number, script: number) => boolean;
  /** What the script left behind in that recording, but for names of its own and this one. */
  readonly leftOf: (trace: number, script: number, besides: string) => ReadonlySet<string>;
  /** Whether both leave, or would leave, the same contents there; undefined: no recording tells. */
  readonly agree: Agree;
  /** Somebody was seen to read what is in it. */
  readonly isRead: (path: string) => boolean;
}

/** They are there to be used by both: there is nothing in a new one. */
const SHARED_KINDS = ['directory', 'fifo'];
/** They make one thing and end; what the failure means is for whoever ran them. */
const TOOLS = /^(mkdir|mkfifo|mknod|ln|install|busybox)$/;

/** They run what somebody else has written. */
const INTERPRETER = /^((da|ba|k|z|a)?sh|perl|python|ruby|lua|awk|mawk|gawk)[\d.]*$/;

/** Both make the same kind of thing, nobody takes it away, and each was seen to go on as well with that of the other. */
export function goOnWithEither(conflict: Conflict, knowledge: MakerKnowledge): boolean {
  const { used, first, second } = conflict;
  if (used.object.facet !== 'name') return false;
  if (used.uses.some(({ operation, flags }) => operation === 'replace' || (operation === 'remove' && (flags & FAILED) === 0))) return false;
  const [kind, other] = [kindMade(conflict, first.script), kindMade(conflict, second.script)];
  if (kind === undefined || kind !== other) return false;
  if (!SHARED_KINDS.includes(kind) && !isAsGood(conflict, knowledge)) return false;
  const isSettled = (script: number): boolean => isContent(conflict, script, kind, knowledge);
  const settled = [first.script, second.script].filter(isSettled);
  return settled.length === 2 || (SHARED_KINDS.includes(kind) && settled.some((script) => areOneProgram(conflict, script, knowledge)));
}

/** What one of them does with that of the other, the other one does: it is the same program that makes it, and goes on. */
function areOneProgram(conflict: Conflict, settled: number, knowledge: MakerKnowledge): boolean {
  const { used, first, second } = conflict;
  const other = settled === first.script ? second.script : first.script;
  const own = used.uses.filter((use) => use.script === other && makes(use));
  const refused = used.uses.filter((use) => use.script === settled && use.operation === 'create' && !worked(use));
  return own.every((use) => refused.some((each) => goesOnAlike(use, each, conflict, knowledge)));
}

/** The process that was refused used it, or did all that the one did which had made it. */
function goesOnAlike(made: Use, refused: Use, { used }: Conflict, { programOf, doneBehind }: MakerKnowledge): boolean {
  const program = programOf(refused);
  if (program !== programOf(made) || TOOLS.test(program) || INTERPRETER.test(program)) return false;
  const after = doneBehind(refused);
  if (used.uses.some((use) => use.operation === 'look' && worked(use) && use.trace === refused.trace && after.has(use.firstTick)))
    return true;
  const does = new Set(after.values());
  const would = [...doneBehind(made).values()];
  return would.length > 0 && would.every((each) => does.has(each));
}

/** What the one puts into it is what the other would, or nobody asks what is in it. */
export function isAsGood({ used, first, second }: Conflict, { agree, isRead }: MakerKnowledge): boolean {
  const { text } = used.object;
  const agreed = agree(first.script, second.script, text);
  return agreed === 'same' || (agreed === undefined && !isRead(text));
}

/** Undefined: nothing, or one time this and one time that. */
export function kindMade({ used }: Conflict, script: number): string | undefined {
  const made = used.uses
    .filter((use) => use.script === script && makes(use))
    .map(({ value, flags }) => ((flags & TOLERANT) !== 0 ? 'directory' : value));
  return made.every((each) => each === made[0]) ? made[0] : undefined;
}

const makes = ({ operation, flags }: Use): boolean => operation === 'create' || (operation === 'ensure' && (flags & TOLERANT) !== 0);
const worked = ({ flags }: Use): boolean => (flags & FAILED) === 0;

function isContent(conflict: Conflict, script: number, kind: string, knowledge: MakerKnowledge): boolean {
  const { used } = conflict;
  const { programOf, endedWell, leftOf } = knowledge;
  const own = used.uses.filter((use) => use.script === script);
  const creates = own.filter(({ operation }) => operation === 'create');
  if (own.some(({ operation, flags }) => operation === 'ensure' && (flags & TOLERANT) !== 0)) return true;
  const won = creates.filter(worked);
  const isUsed = (since: Use): boolean =>
    own.some(
      (use) =>
        use.trace === since.trace &&
        use.lastTick > since.firstTick &&
        ['look', 'ensure', 'list'].includes(use.operation) &&
        worked(use) &&
        (use.flags & CLEANS) === 0 &&
        (TOOLS.test(programOf(since)) || since.operation === 'look' || programOf(use) === programOf(since)),
    );
  /** What it does when it has made it, it does when it has not. */
  const isSame = ({ trace }: Use): boolean => {
    const left = leftOf(trace, script, used.object.text);
    return won.some((use) => use.trace !== trace && [...leftOf(use.trace, script, used.object.text)].every((each) => left.has(each)));
  };
  /** The program does all that it does when it has made it. */
  const isAlike = (since: Use): boolean =>
    since.operation === 'create' &&
    used.uses.some((use) => use.operation === 'create' && worked(use) && goesOnAlike(use, since, conflict, knowledge));
  const goesOn = (since: Use): boolean =>
    (isUsed(since) || isAlike(since)) && endedWell(since.trace, script) && (SHARED_KINDS.includes(kind) || isSame(since));
  if (creates.filter((use) => !worked(use)).some(goesOn)) return true;
  // It has not been refused yet, and would say nothing of it: what it found there was as good.
  if (!creates.every(({ flags }) => (flags & QUIET) !== 0)) return false;
  const found = own.filter((use) => use.operation === 'look' && worked(use) && !creates.some(({ trace }) => trace === use.trace));
  return found.some(goesOn);
}

/** Each has found the directory there, went on, and tried to make it again later. */
export function isTriedAgain(conflict: Conflict, { programOf, callOf }: Pick<MakerKnowledge, 'programOf' | 'callOf'>): boolean {
  const { used, first, second } = conflict;
  const isSecondTry = (use: Use, later: Use): boolean =>
    later.script === use.script && later.trace === use.trace && later.lastTick > use.firstTick && programOf(later) === programOf(use);
  const minds = ({ script }: Use): boolean =>
    !used.uses.some(
      (use) =>
        use.script === script &&
        use.operation === 'create' &&
        !worked(use) &&
        used.uses.some((later) => later.operation === 'create' && isSecondTry(use, later)),
    );
  if (![first, second].every((use) => use.operation === 'create' && callOf(use) === 'mkdir')) return false;
  return used.uses.every(({ operation }) => operation !== 'remove' && operation !== 'replace') && !minds(first) && !minds(second);
}

/** Of contents: each writes only into what it was the first to make. */
export function isWrittenByMaker(conflict: Conflict, knowledge: MakerKnowledge): boolean {
  const { used, first, second } = conflict;
  const writes = ({ operation }: Use): boolean => operation === 'write' || operation === 'append';
  return (
    used.object.facet === 'data' &&
    [first, second].every((use) => writes(use) && knowledge.hasMade(use, used.object.text)) &&
    isAsGood(conflict, knowledge) &&
    [...used.habits.values()].every(({ removes, remakes }) => !removes && !remakes)
  );
}
