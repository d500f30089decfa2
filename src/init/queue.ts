/** A queue of starts: what runs at the same time begins one after the other, in the same order in every boot. */

export interface Place {
  /** Resolves when all who came before have begun, or given up their places. */
  readonly turn: Promise<void>;
  /** Lets the next one begin; a second time changes nothing. */
  readonly leave: () => void;
}

/** Hands out places in the order in which they are asked for. INVARIANT: every place is left, or those behind it wait for ever. */
export function openQueue(): () => Place {
  let last = Promise.resolve();
  return () => {
    const turn = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = turn.then(() => promise);
    return { turn, leave: resolve };
  };
}
