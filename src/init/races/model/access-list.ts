/** Everything that scripts did to objects, in columns: a boot has millions of them. */
import { joinHolds } from './held-locks.ts';
import { type Operation, operations } from './operations.ts';

/** The access was one of a loop that waits, and in the end got what it waited for. */
export const WAITED = 1;
/** A directory is made if it is not there, and its being there is as good. */
export const TOLERANT = 2;
/** The call failed. */
export const FAILED = 4;
/** Its program removes what it finds. */
export const CLEANS = 8;
/** All of the contents at once, by a rename. */
export const REPLACES = 16;
/** It is about what should be below, and was not there. */
export const MISSES_BELOW = 64;
/** What its program says of a failure goes to /dev/null. */
export const QUIET = 32;
/** It puts something else, or nothing, in the place of the name itself: that is refused where something is mounted on it. */
export const TAKES_PLACE = 128;
/** Its program goes through the directory and sets the bits of all that is there. */
export const SETS_ALL = 256;

export interface AccessList {
  readonly object: readonly number[];
  /** Index in `operations`. */
  readonly operation: readonly number[];
  readonly script: readonly number[];
  readonly segment: readonly number[];
  /** Position in the order of effect. */
  readonly tick: readonly number[];
  /** Index in `texts`. */
  readonly value: readonly number[];
  /** Index in `texts`: the locks that were held, a line for each. */
  readonly locks: readonly number[];
  readonly flags: number[];
  readonly texts: readonly string[];
}

export interface Access {
  readonly object: number;
  readonly operation: Operation;
  readonly script: number;
  readonly segment: number;
  readonly tick: number;
  readonly value: string;
  readonly locks: string;
  readonly flags: number;
}

export interface AccessWriter {
  readonly list: AccessList;
  /** Returns its index. */
  add(access: Access): number;
  /** It was done under these locks, too. */
  hold(index: number, locks: string): void;
}

const codes: ReadonlyMap<Operation, number> = new Map(operations.map((operation, index) => [operation, index]));

export function openAccessList(): AccessWriter {
  const texts: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, texts.length);
    return texts.push(text) - 1;
  };
  const columns = { object: [], operation: [], script: [], segment: [], tick: [], value: [], locks: [], flags: [] } as Record<
    'object' | 'operation' | 'script' | 'segment' | 'tick' | 'value' | 'locks' | 'flags',
    number[]
  >;
  return {
    list: { ...columns, texts },
    add({ object, operation, script, segment, tick, value, locks, flags }) {
      columns.object.push(object);
      columns.operation.push(codes.get(operation) ?? 0);
      columns.script.push(script);
      columns.segment.push(segment);
      columns.tick.push(tick);
      columns.value.push(numberOf(value));
      columns.locks.push(numberOf(locks));
      return columns.flags.push(flags) - 1;
    },
    hold(index, locks) {
      const before = texts[columns.locks[index] as number] ?? '';
      columns.locks[index] = numberOf(joinHolds(before, locks));
    },
  };
}
