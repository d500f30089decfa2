/** Something that is fed hostile input. */
import type { Random } from './random.ts';

export interface Target {
  readonly name: string;
  /** How many of every hundred inputs are for it, about. */
  readonly share: number;
  /** Makes an input and feeds it. Throws, or rejects, when what comes out is wrong; must settle soon. */
  run(random: Random): void | Promise<void>;
  /** Waits until what was begun is over. */
  readonly settle?: () => Promise<void>;
}
