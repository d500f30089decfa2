/** One initscript and one tier, as read from the image's links. */
import type { LsbHeader } from './lsb-header.ts';

export interface InitScript {
  /** The target's own name: `ssh`, `mountall.sh`. */
  readonly name: string;
  /** The file that is run: `/etc/init.d/ssh`. */
  readonly path: string;
  readonly header: LsbHeader;
  /** Set when there is nothing to run: why. */
  readonly skip?: string;
}

export interface Tier {
  /** `rcS.d/S02` */
  readonly name: string;
  /** What PREVLEVEL and RUNLEVEL say to its scripts: `S`, `2`, `0`, `6`. */
  readonly runlevel: string;
  /** Sorted by name. */
  readonly scripts: readonly InitScript[];
}
