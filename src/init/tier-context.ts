/** What running and stopping tiers needs from the agent. */
import { emit } from '../sys/events.ts';
import type { Shuffle } from '../sys/kernel-options.ts';
import type { Sys } from '../sys/sys.ts';
import type { Environment } from './boot-environment.ts';
import type { Room } from './bounded.ts';
import { type EndedWatch, watchEnded } from './ended-watch.ts';
import type { FstabContext } from './fstab-scripts.ts';
import type { InitScript } from './init-script.ts';
import type { Turns } from './operate/turns.ts';
import type { TrialControl } from './races/force/trial-control.ts';
import type { Needs } from './script-needs.ts';
import type { ScriptPaths } from './script-paths.ts';
import type { Tiers } from './tier-state.ts';

export interface TierContext {
  readonly sys: Sys;
  readonly paths: ScriptPaths;
  /** Prefix of the image's files: empty once the root is entered. */
  readonly root: string;
  /** Deadline of a script whose header names none. */
  readonly timeoutMs: number;
  /** Between TERM and KILL for a script that is late. */
  readonly killAfterMs: number;
  /** For how many scripts of a tier at one time. */
  readonly room: Room;
  /** How the scripts of a tier are ordered; absent: by name. */
  readonly shuffle?: Shuffle | undefined;
  /** The boot is held when so many scripts of one tier did not start; 0: whatever fails. */
  readonly tierFailures: number;
  /** What becomes of a script whose `Required-Start` failed. */
  readonly failedNeed: 'start' | 'skip';
  /** What scripts need of one another; absent: nothing is known. */
  readonly needs?: () => Promise<Needs>;
  /** The run level that was left; absent: none was. */
  readonly previousLevel?: string;
  /** What all scripts find in their environment beside what sysvinit always gives them. */
  readonly environment?: () => Promise<Environment>;
  /** Names of scripts that are not to be started: `scripts.skip`. */
  readonly skip: readonly string[];
  /** Who does what fstab names, and how; absent: the image's scripts do. */
  readonly fstab?: FstabContext;
  /** The state now: of this agent and of those before it. */
  readonly tiers: () => Tiers;
  /** Changes the state; resolves when the change would survive a crash. */
  readonly update: (change: (tiers: Tiers) => Tiers) => Promise<void>;
  /** Called before a script begins, and waited for: rescue lets go of the network. Not called for a run that is only joined. */
  readonly beforeScript?: (script: InitScript) => Promise<void>;
  /** Called when a script has ended in whatever way, and waited for. */
  readonly afterScript?: (script: InitScript) => Promise<void>;
  /** One action of a script at a time: an operator may be at it, too. Absent: nobody else is. */
  readonly turns?: Turns;
  /** A boot that is driven from outside; absent in every other one. */
  readonly trial?: TrialControl | undefined;
  /** Aborted when the machine is to go down: no further script begins, running ones are left to themselves. */
  readonly signal?: AbortSignal;
}

/** A context at work: all its scripts are waited for by one watch, and share what was set for this boot. */
export interface WatchedTiers extends TierContext {
  readonly watch: EndedWatch;
  readonly boot: Environment;
}

export async function watchTiers(context: TierContext): Promise<WatchedTiers> {
  const watch = watchEnded(context.sys, context.paths, context.signal);
  return { ...context, watch, boot: (await context.environment?.()) ?? {} };
}

/** Debian's policy: five seconds between TERM and KILL. */
export const KILL_AFTER_MS = 5000;

/** A hook that fails is told of and changes nothing for the script. */
export async function callHook(
  { sys }: Pick<TierContext, 'sys'>,
  hook: ((script: InitScript) => Promise<void>) | undefined,
  script: InitScript,
): Promise<void> {
  try {
    await hook?.(script);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    await emit(sys, { subject: 'script', name: script.name, what: 'hook-failed', detail });
  }
}
