/** The kinds of values a setting can have: each with its check, its default and its words for what would be accepted. */
import * as v from 'valibot';
import { familyOf } from './ip-address.ts';

export interface Setting<T> {
  readonly schema: v.GenericSchema<unknown, T>;
  readonly fallback: T;
  /** What would be accepted, for a Problem and for the README. */
  readonly accepted: string;
  readonly does: string;
  /** The word on the kernel command line that wins over it. */
  readonly kernelOption?: string;
}

type Checked<T> = Pick<Setting<T>, 'schema' | 'fallback' | 'accepted'>;

export function setting<T>(fallback: T, schema: v.GenericSchema<unknown, T>, accepted: string): Checked<T> {
  return { schema, fallback, accepted };
}

export function integer(fallback: number, least: number, most: number, what: string): Checked<number> {
  const schema = v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
  return setting(fallback, schema, `${what} from ${least} to ${most}`);
}

export function yesOrNo(fallback: boolean): Checked<boolean> {
  return setting(fallback, v.boolean(), 'true, false');
}

export function oneOf<const T extends string>(fallback: NoInfer<T>, words: readonly T[]): Checked<T> {
  return setting<T>(fallback, v.picklist(words), words.map((word) => `"${word}"`).join(', '));
}

export function isAddress(text: string): boolean {
  return familyOf(text) !== undefined;
}
