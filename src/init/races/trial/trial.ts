/** One boot, or one run of a tier, in an order of our choice. Types only. */

export interface Trial {
  readonly name: string;
  /** Scripts of a tier one after another, in this order; absent: all at once. Others of it wait for nobody. */
  readonly serial?: readonly string[];
  /** Each begins as soon as the one before has ended; else when it is quiet, too. */
  readonly hasty?: boolean;
  /** The start order where all run at once. */
  readonly shuffle?: 'reverse' | 'random' | number;
  readonly holds: readonly Hold[];
  /** What identical restores of a snapshot would repeat: the next pid, the random state, the clock. */
  readonly seed: number;
  /** The tier that is run last; the outcome is how the machine is then. Absent: the one at whose barrier it begins. */
  readonly until?: string;
  /** Only these scripts of that tier are run; absent: all of them. */
  readonly only?: readonly string[];
  /** The number that the next process gets; absent: one that comes of the seed. */
  readonly nextPid?: number;
}

/** Something waits for something. */
export type Hold = StartHold | CallHold | PassHold | FreezeHold;

/** `script` is not started before `after`, of the same tier, has ended and is ready. */
export interface StartHold {
  readonly kind: 'start';
  readonly script: string;
  readonly after: string;
}

/**
 * `script` stops as it enters this call, until all of `until` was done: a nested window. `until` begins when it has stopped, or ended; it
 * is of the same tier, or of a later one.
 */
export interface CallHold {
  readonly kind: 'call';
  readonly script: string;
  /** `open`, `mkdir`, `unlink`, `bind`, `connect`, `listen`, `kill`, `rename` … */
  readonly call: string;
  /** The path or address it is about. */
  readonly argument: string;
  /** Counts from 1. */
  readonly nth: number;
  readonly until: string;
  readonly timeoutMs: number;
}

/**
 * `until`, of the same tier or a later one, is not started before `script` has come to this call, and then is quiet; but it waits for no
 * longer than this. The call itself is hardly stopped.
 */
export interface PassHold extends Omit<CallHold, 'kind'> {
  readonly kind: 'pass';
}

/** What is looked for among the calls of a script. */
export type AtCall = CallHold | PassHold;

/** What `script`, of an earlier tier, has left running stands still while `until` is run, but for no longer than this. */
export interface FreezeHold {
  readonly kind: 'freeze';
  readonly script: string;
  readonly until: string;
  readonly timeoutMs: number;
}

/** How a trial ended, as far as anybody could tell from outside the scripts. Keys and values are compared as texts. */
export interface Outcome {
  readonly trial: string;
  /** `script ssh exit` → `0`, `health ssh tcp:22` → `healthy`, `listen tcp:22` → `sshd`, `file /run/x` → `f 0644 root:root`. */
  readonly facts: Readonly<Record<string, string>>;
  /** A hold was given up: what should have been done meanwhile waits for the held one. */
  readonly timedOut: boolean;
  /** The call that was to be held was never made: nothing was forced. */
  readonly missed?: boolean;
}
