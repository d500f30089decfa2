/** How often one must boot to see a race. Pure. */

/** So sure one wants to be of having seen it. */
const SURE = 0.99;
/** What "never in so many tries" still leaves possible is told with this much confidence. */
const CONFIDENCE = 0.95;

export interface BootsNeeded {
  readonly boots: number;
  /** Nothing was seen: it takes at least so many. */
  readonly atLeast: boolean;
}

/** From how often it showed in tries that are like boots: `ceil(ln(1 - SURE) / ln(1 - p))`. */
export function bootsNeeded(shown: number, tries: number): BootsNeeded {
  if (shown >= tries) return { boots: 1, atLeast: false };
  const p = shown === 0 ? 1 - (1 - CONFIDENCE) ** (1 / tries) : shown / tries;
  return { boots: bootsAt(p), atLeast: shown === 0 };
}

/** The same from a probability that is known. */
export const bootsAt = (p: number): number => (p >= 1 ? 1 : Math.ceil(Math.log(1 - SURE) / Math.log(1 - p)));
