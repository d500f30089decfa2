/** Findings spread over machines: each machine judges its own ones, and the reports are put together. */

/** `index` counts from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const ACCEPTED_SHARD = 'I/N, as in 1/4: the first of four machines';

/** Undefined for anything else. */
export function parseShard(text: string): Shard | undefined {
  const [, index = 0, count = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  return index >= 1 && index <= count ? { index, count } : undefined;
}

/** By the finding's id: the same machine whatever else was found. */
export const isInShard = (id: string, { index, count }: Shard): boolean => Number.parseInt(id.slice(0, 8), 16) % count === index - 1;
