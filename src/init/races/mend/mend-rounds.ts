/** Which mends are tried together, in one copy of an image: as many as the plan bears at once. Pure. */
import { makePlan, type PlanInput } from '../../plan/make-plan.ts';
import type { HeaderEdit, JudgedFinding, RaceReport } from '../report/finding.ts';
import { sortFindings } from '../report/verdicts.ts';
import { wordsOf } from './edge-edits.ts';
import { editPlan } from './edit-image.ts';
import type { MendPlace } from './verify-mend.ts';

export interface MendRound {
  readonly places: readonly MendPlace[];
  /** All of theirs as one: each line of a header once. */
  readonly edits: readonly HeaderEdit[];
}

export interface MendRounds {
  readonly rounds: readonly MendRound[];
  /** Those that are in none, and why, for a person. */
  readonly left: readonly { readonly place: MendPlace; readonly why: string }[];
}

/** Each costs as many recorded boots as the image did. */
const MOST_ROUNDS = 4;

/**
 * Of each confirmed or divergent finding of these the first mend that is an edit, strongest finding first; a mend that makes a cycle with
 * those before it comes into a later round. A daemon that is to say when it is ready may never say so, and the boot waits: such mends are
 * in rounds of their own. What is verified already is left alone.
 */
export function planRounds({ findings }: RaceReport, image: PlanInput, isWanted: (finding: JudgedFinding) => boolean): MendRounds {
  const rounds: { places: MendPlace[]; edits: readonly HeaderEdit[]; readonly isOrder: boolean }[] = [];
  const left: MendRounds['left'][number][] = [];
  for (const { id, mends } of sortFindings(findings).filter((finding) => isHarm(finding) && isWanted(finding))) {
    if (mends.length === 0 || mends.some(({ verified }) => verified)) continue;
    const nth = mends.findIndex(({ edits = [] }) => edits.length > 0);
    const { edits = [] } = mends[nth] ?? {};
    const place = { id, nth: Math.max(0, nth) };
    const isOrder = !edits.some(({ key }) => key === 'X-Ready');
    const fits = (before: readonly HeaderEdit[]) => makePlan(editPlan(image, addEdits(image, before, edits))).plan !== undefined;
    const round = rounds.find((each) => each.isOrder === isOrder && fits(each.edits));
    if (nth < 0) left.push({ place, why: 'no header line does it: a person has to' });
    else if (round !== undefined) {
      round.places.push(place);
      round.edits = addEdits(image, round.edits, edits);
    } else if (!fits([])) left.push({ place, why: 'the image has no order with it' });
    else if (rounds.length < MOST_ROUNDS) rounds.push({ places: [place], edits: addEdits(image, [], edits), isOrder });
    else left.push({ place, why: `with the mends of other findings it makes a cycle, and ${MOST_ROUNDS} copies were tried` });
  }
  return { rounds: rounds.toSorted((a, b) => Number(b.isOrder) - Number(a.isOrder)).map(({ places, edits }) => ({ places, edits })), left };
}

const isHarm = ({ judgement: { verdict } }: JudgedFinding): boolean => verdict === 'confirmed' || verdict === 'divergent';

/** Each edit has all of a line's value: two of one line are made one by the words that they add to the image's line, or drop from it. */
export function addEdits(image: PlanInput, before: readonly HeaderEdit[], more: readonly HeaderEdit[]): readonly HeaderEdit[] {
  let edits = before;
  for (const edit of more) {
    const isSame = ({ script, key }: HeaderEdit) => script === edit.script && key === edit.key;
    const script = image.scripts.find(({ name }) => name === edit.script);
    const old = edits.find(isSame);
    if (old === undefined || script === undefined) edits = [...edits.filter((each) => !isSame(each)), edit];
    else {
      const given = wordsOf(script, edit.key);
      const wanted = wordsIn(edit.value);
      const kept = wordsIn(old.value).filter((word) => wanted.includes(word) || !given.includes(word));
      const value = [...kept, ...wanted.filter((word) => !given.includes(word) && !kept.includes(word))].join(' ');
      edits = edits.map((each) => (each === old ? { ...edit, value } : each));
    }
  }
  return edits;
}

const wordsIn = (value: string): readonly string[] => value.split(/[\s,;]+/).filter((word) => word !== '');
