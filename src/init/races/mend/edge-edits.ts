/** The header edits that make one script wait for another, the smallest first. Pure. */
import type { PlanInput } from '../../plan/make-plan.ts';
import { orderKeys, type PlanScript } from '../../plan/plan-script.ts';
import type { HeaderEdit } from '../report/finding.ts';

/** Facilities that stand for a kind of service: a header that names them goes on working when another package does it. */
const wellKnown = ['$local_fs', '$remote_fs', '$network', '$syslog', '$named', '$portmap', '$time'] as const;

/** Those of the image's own line. */
export const wordsOf = (script: PlanScript, key: string): readonly string[] =>
  (script.fields.find((field) => field.key === key)?.value ?? impliedWords(script, key)).split(/[\s,;]+/).filter((word) => word !== '');

/** A script without a header has needs all the same: insserv's guess. */
const impliedWords = ({ fields, header }: PlanScript, key: string): string =>
  fields.length === 0 && key === 'Required-Start' ? header.requiredStart.join(' ') : '';

/** `key: … word` in the script. */
export const addWord = (script: PlanScript, key: string, word: string): HeaderEdit => ({
  script: script.name,
  key,
  value: [...wordsOf(script, key), word].join(' '),
});

export const dropWord = (script: PlanScript, key: string, word: string): HeaderEdit => ({
  script: script.name,
  key,
  value: wordsOf(script, key)
    .filter((each) => each !== word)
    .join(' '),
});

/** The facility that the script is a member of, by that facility's own line; else the first name that it alone provides. */
export function nameOf(script: PlanScript, { scripts, facilities }: PlanInput): string {
  const provided = script.header.provides;
  const facility = wellKnown.find((word) =>
    (facilities.members.get(word) ?? []).some((member) => provided.includes(member.replace(/^\+/, ''))),
  );
  if (facility !== undefined) return facility;
  const alone = provided.find((name) => scripts.every((other) => other === script || !other.header.provides.includes(name)));
  return alone ?? provided[0] ?? script.name;
}

export const plainNameOf = (script: PlanScript, input: PlanInput): string =>
  nameOf(script, { ...input, facilities: { members: new Map(), interactive: new Set() } });

/** In the one that waits: `Required-Start` for a need, `Should-Start` for an order only. */
export const inConsumer = (first: PlanScript, second: PlanScript, input: PlanInput, isNeed: boolean): HeaderEdit =>
  addWord(second, isNeed ? orderKeys.requiredStart : orderKeys.shouldStart, nameOf(first, input));

/** In the one that is waited for. */
export const inProducer = (first: PlanScript, second: PlanScript, input: PlanInput): HeaderEdit =>
  addWord(first, orderKeys.startBefore, plainNameOf(second, input));
