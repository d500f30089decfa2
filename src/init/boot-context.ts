/** Everything a phase may use. Nothing else is global. */
import type { CommandLine } from '../sys/cmdline.ts';
import type { Config } from '../sys/config.ts';
import type { RootFacts } from '../sys/root-facts.ts';
import type { Sys } from '../sys/sys.ts';
import type { Tier } from './init-script.ts';
import type { Operations } from './operate/operations.ts';
import type { Operator } from './operator.ts';
import type { TrialControl } from './races/force/trial-control.ts';
import type { StateStore } from './state-store.ts';

export interface BootContext {
  readonly sys: Sys;
  readonly config: Config;
  readonly cmdline: CommandLine;
  /** As stage 1 and find-root left them. */
  readonly root: () => Promise<RootFacts>;
  /** The init that gets the machine once the root is entered; absent: it stays with us. */
  readonly otherInit?: string;
  readonly store: StateStore;
  readonly operator: Operator;
  /** Whoever starts or stops a script does it in its turn. */
  readonly operations: Operations;
  /** The tiers of the entered root. */
  readonly plannedTiers: (options?: { readonly fresh: boolean }) => Promise<readonly Tier[]>;
  /** A boot that is driven by a race explorer; absent in every other one. */
  readonly trial?: TrialControl;
  /** The operator said `retry` to a hold of this phase: what failed is to be tried anew. */
  readonly retry: boolean;
  /** Aborted when the phase is out of time or the machine is on its way down. */
  readonly signal: AbortSignal;
}
