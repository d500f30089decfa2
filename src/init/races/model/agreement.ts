/** Whether two scripts leave the same in a file: in one boot, or each in those in which it was the one to write it. */
import { compareLeft } from './contents.ts';

export type Agree = (a: number, b: number, path: string) => 'same' | 'other' | undefined;

/** `leftIn`: what the script left there in that recording. Boots in which both have left something tell more than two boots. */
export function openAgreement(count: number, leftIn: (trace: number, script: number, path: string) => string | undefined): Agree {
  const traces = Array.from({ length: count }, (_, trace) => trace);
  return (a, b, path) => {
    const [ofA, ofB] = [a, b].map((script) => traces.flatMap((trace) => ({ trace, text: leftIn(trace, script, path) }))) as [
      Left[],
      Left[],
    ];
    const inOne = compareAll(ofA, ofB).filter(({ isOne }) => isOne);
    if (inOne.length > 0) return conclude(inOne.map(({ answer }) => answer));
    const answer = conclude(compareAll(ofA, ofB).map((each) => each.answer));
    // What differs from boot to boot differs between the scripts, too.
    const isSteady = [ofA, ofB].every((own) => conclude(compareAll(own, own).map((each) => each.answer)) !== 'other');
    return answer === 'other' && !isSteady ? undefined : answer;
  };
}

interface Left {
  readonly trace: number;
  readonly text: string | undefined;
}

type Answer = 'same' | 'other' | undefined;

const compareAll = (ones: readonly Left[], others: readonly Left[]): readonly { readonly isOne: boolean; readonly answer: Answer }[] =>
  ones.flatMap((one) =>
    others.flatMap((other) => {
      if (one.text === undefined || other.text === undefined) return [];
      const isOne = one.trace === other.trace;
      return [{ isOne, answer: compareLeft(one.text, other.text, isOne) }];
    }),
  );

function conclude(answers: readonly Answer[]): Answer {
  const known = answers.filter((answer) => answer !== undefined);
  return known.length === 0 ? undefined : known.every((answer) => answer === 'same') ? 'same' : 'other';
}
