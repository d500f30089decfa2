/** Which pair of scripts it is: between an order that is well and its reverse, which is not, lie orders that differ in one pair each. */

/** Neighbours change places, one pair a step, until all pairs are the other way round: the bubble sort of the reverse. */
export function orderAfter(order: readonly string[], swaps: number): readonly string[] {
  const now = [...order];
  for (let done = 0, last = now.length - 1; last > 0; last--) {
    for (let at = 0; at < last; at++, done++) {
      if (done === swaps) return now;
      [now[at], now[at + 1]] = [now[at + 1] ?? '', now[at] ?? ''];
    }
  }
  return now;
}

/** How many steps lie between an order of so many and its reverse. */
export const swapsOf = (count: number): number => (count * (count - 1)) / 2;

export type Bisection =
  | { readonly kind: 'try'; readonly swaps: number }
  /** All is well with `before` before `after`, and not the other way round, the others around them as they are then. */
  | { readonly kind: 'found'; readonly before: string; readonly after: string };

/** The next order to try, or the pair. `isBad` tells of an order that was tried; undefined: it was not. About log2 of the pairs are tried. */
export function bisect(order: readonly string[], isBad: (swaps: number) => boolean | undefined): Bisection {
  let good = 0;
  let bad = swapsOf(order.length);
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    const verdict = isBad(middle);
    if (verdict === undefined) return { kind: 'try', swaps: middle };
    if (verdict) bad = middle;
    else good = middle;
  }
  const [well, ill] = [orderAfter(order, good), orderAfter(order, bad)];
  const at = well.findIndex((name, index) => ill[index] !== name);
  return { kind: 'found', before: well[at] ?? '', after: well[at + 1] ?? '' };
}
