/** Random numbers that a seed and an index give again. */

export interface Random {
  /** From 0 to `below` - 1. */
  integer(below: number): number;
  pick<T>(list: readonly T[]): T;
  bytes(length: number): Buffer;
}

/** mulberry32, begun anew for each input: any one can be made without those before it. */
export function randomOf(seed: number, index: number): Random {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(index + 1, 0xc2b2ae35)) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const integer = (below: number) => next() % below;
  return {
    integer,
    pick: (list) => list[integer(list.length)] as (typeof list)[number],
    bytes: (length) => Buffer.from(Array.from({ length }, () => integer(256))),
  };
}
