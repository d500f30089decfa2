/** Which differences of two outcomes are failures, and which are only differences. */

/** Of one fact: its values in two outcomes. Undefined: it is not there. */
export interface Difference {
  readonly fact: string;
  readonly one: string | undefined;
  readonly other: string | undefined;
}

/** The value that a fact of this kind has when all is well. */
const wellValues: readonly (readonly [fact: RegExp, value: RegExp])[] = [
  [/^script \S+ exit$/, /^0$/],
  [/^status \S+$/, /^0$/],
  [/^health \S+ /, /^healthy$/],
  [/^machine$/, /^answers$/],
];

/** Facts that say that something is there which people rely on: gone is a failure. */
const relied = /^(?:process|listen) /;

/** Facts about what people want of a machine. */
const decisive = /^(?:script|status|health|process|listen) /;

/** One of them, about this script if one is named. */
export const decides = (fact: string, value: string | undefined, script?: string): boolean =>
  decisive.test(fact) && (script === undefined || fact.split(' ')[1] === script || (value?.endsWith(` of ${script}`) ?? false));

/** The value is worse than the other one: what was well is not, who was there is not. */
export function isFailure(fact: string, value: string | undefined, otherValue: string | undefined): boolean {
  const well = wellValues.find(([pattern]) => pattern.test(fact))?.[1];
  if (well !== undefined) return otherValue !== undefined && well.test(otherValue) && (value === undefined || !well.test(value));
  return relied.test(fact) && value === undefined && otherValue !== undefined;
}

/** `script named exit: 1 instead of 0`. */
export function describeDifference({ fact, one, other }: Difference): string {
  const show = (value: string | undefined): string => value ?? 'nothing';
  return `${fact}: ${show(one)} instead of ${show(other)}`;
}
