/** One race seen in one recording, before all of a pair of scripts are put together. */
import type { RaceType } from '../report/finding.ts';

export interface Candidate {
  readonly type: RaceType;
  /** As reports call it, and without what differs from boot to boot. */
  readonly object: string;
  readonly stableObject: string;
  /** Indexes among all scripts. */
  readonly first: Seen;
  readonly second: Seen;
  /** The script that should come first; absent: nobody should. */
  readonly leader?: number;
  /** 0 to 1: how sure it is that the order can be told at all. */
  readonly weight: number;
}

export interface Seen {
  readonly trace: number;
  readonly script: number;
  readonly tick: number;
}
