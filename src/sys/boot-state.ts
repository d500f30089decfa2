/** The state of the boot as `/run/lifeboot/state.json` holds it: written by `lifeboot boot`, read by everybody. */
import type { LevelChange } from './level-change.ts';
import { paths } from './paths.ts';
import type { RaceRecording } from './race-recording.ts';
import type { Sys } from './sys.ts';

export type PhaseStatus = 'waiting' | 'running' | 'done' | 'skipped' | 'held' | 'failed';

export interface PhaseState {
  readonly name: string;
  readonly status: PhaseStatus;
  readonly startedMs?: number;
  readonly endedMs?: number;
  readonly detail?: string;
  /** How far it is, 0 to 100, where that is known: of the check of the root. */
  readonly percent?: number;
}

/** The life of one initscript. `built-in`: lifeboot does its work itself; `skipped`: there, but not startable. */
export type ScriptStatus = 'waiting' | 'starting' | 'started' | 'failed' | 'timed-out' | 'skipped' | 'built-in' | 'stopping' | 'stopped';

export interface ScriptState {
  readonly name: string;
  readonly status: ScriptStatus;
  readonly exitCode?: number;
  readonly startedMs?: number;
  readonly endedMs?: number;
  /** Why it failed, was skipped, or is built in. */
  readonly detail?: string;
  /** The script that it needs, for want of which it was skipped. */
  readonly blockedBy?: string;
  /** File with what it was doing when its time was up. */
  readonly snapshot?: string;
  /** Who brought it there, when it was not the order of the boot: `lifeboot restart`, `service`. */
  readonly by?: string;
}

export type OperatedStatus = 'started' | 'stopped' | 'restarted' | 'reloaded' | 'skipped' | 'failed' | 'timed-out';

/** How an action by hand ended. */
export interface Operated {
  readonly status: OperatedStatus;
  /** The script's own, by LSB; 1 when it has none because it was ended or lost. */
  readonly exitCode: number;
  readonly detail?: string;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** An action of a script that somebody asked for outside the order of the boot. */
export interface OperationState {
  /** Counts from 1 in each boot. */
  readonly number: number;
  readonly script: string;
  readonly action: 'start' | 'stop' | 'restart' | 'reload';
  readonly by: string;
  /** What the asker calls it, to ask again when the agent died meanwhile. */
  readonly ticket?: string;
  readonly askedMs: number;
  /** Absent while it waits or runs. */
  readonly outcome?: Operated;
}

export interface TierState {
  /** `rcS.d/S02`: directory and number, as the image orders them. */
  readonly name: string;
  readonly status: 'waiting' | 'running' | 'done';
  readonly scripts: readonly ScriptState[];
}

/** A boot that cannot go on: why, the evidence, and what the operator can do. */
export interface Hold {
  readonly phase: string;
  readonly reason: string;
  /** Last lines of what showed it (fsck output, holders). */
  readonly evidence: readonly string[];
  /** What each choice would do here, in the order of advice. */
  readonly choices: readonly { readonly command: string; readonly does: string }[];
  readonly sinceMs: number;
}

export interface HealthState {
  readonly script: string;
  readonly check: string;
  readonly healthy: boolean;
  readonly detail: string;
}

/** What is known of one script that is to keep well after the boot: what must outlive the agent, and no more. */
export interface DaemonState {
  readonly script: string;
  /** Leaves processes behind that are to stay; a script without is done when its start has ended. */
  readonly kind: 'daemon' | 'oneshot';
  /** What it is watched by when its header has no check: `pidfile:/run/x.pid`, `process`. */
  readonly check?: string;
  /** False once it was stopped on purpose: it is neither watched nor brought back until somebody starts it. */
  readonly wanted: boolean;
  /** `unknown` until the first look, and after each restart. */
  readonly health: 'unknown' | 'healthy' | 'unhealthy';
  /** When `health` or `wanted` became what it is. */
  readonly sinceMs: number;
  /** Why it is unhealthy, or who stopped it. */
  readonly reason?: string;
  /** Nobody brings it back any more by himself: its policy says so, or it was restarted too often. */
  readonly degraded?: boolean;
  /** All restarts by the monitor in this boot. The number also tells one restart from the other. */
  readonly restarts: number;
  /** When those of them began that still count against the limit. */
  readonly recentRestartsMs: readonly number[];
  /** When it is to be restarted next. */
  readonly nextRestartMs?: number;
  /** Since when a restart runs. */
  readonly restartingMs?: number;
}

/** What watches over the scripts once the boot is over. Daemons in the order of the plan. */
export interface MonitorState {
  readonly daemons: readonly DaemonState[];
  /** Many became unhealthy at once: nothing is restarted before. */
  readonly pausedUntilMs?: number;
}

/** The run level of a machine whose boot is over: `1` to `5`, `S` for single user. */
export interface RunlevelState {
  readonly current: string;
  /** `N` for none. */
  readonly previous: string;
  /** The last one of 2 to 5: whose scripts are watched, and stopped in the end. */
  readonly multiUser: string;
  /** The way into `current`, while it lasts. */
  readonly change?: LevelChange;
  /** Wanted next: the newest wish, which ends the way into `current` before its next tier. */
  readonly next?: { readonly level: string; readonly by: string };
  /** Who has the console in single-user mode; pid 0 is nobody. */
  readonly single?: { readonly pid: number; readonly startTicks: number };
}

export interface Verdict {
  readonly outcome: 'good' | 'bad';
  readonly reasons: readonly string[];
  readonly atMs: number;
}

/** How the machine ends; after `soft-reboot` it does not: the root is given back, checked and entered again by the same kernel. */
export type EndingKind = 'reboot' | 'poweroff' | 'halt' | 'soft-reboot';

/** What becomes of processes that keep the root after every script was stopped. */
export const holderPolicies = ['kill', 'abandon'] as const;
export type HolderPolicy = (typeof holderPolicies)[number];

export interface EndingState {
  readonly kind: EndingKind;
  /** Who asked: `lifeboot reboot`, `/run/initctl`, `a signal to PID 1`. */
  readonly by: string;
  /** Of a soft reboot: check the root in full. */
  readonly fsck?: boolean;
  /** Of a soft reboot; absent: kill. */
  readonly holders?: HolderPolicy;
}

/** An ending at a time: `lifeboot poweroff +5 for a new fan`. */
export interface PlannedShutdown {
  readonly kind: Exclude<EndingKind, 'soft-reboot'>;
  /** Uptime at which it begins. */
  readonly atMs: number;
  readonly by: string;
  /** For everybody who is logged in. */
  readonly message?: string;
}

/** A boot by the same kernel after the first one. */
export interface Round {
  /** 1 for the first soft reboot. */
  readonly count: number;
  readonly fsck: boolean;
  /** Why the root was not given back, and so neither released nor checked: the soft reboot was abandoned. */
  readonly abandoned?: string;
}

export interface BootState {
  readonly version: 1;
  /** How often the agent was started in this boot: 1 unless it crashed. */
  readonly agentStarts: number;
  readonly phases: readonly PhaseState[];
  readonly tiers: readonly TierState[];
  /** Scripts that are in no tier of this boot, and were started or stopped all the same: of packages that came later. */
  readonly byHand?: readonly ScriptState[];
  /** The last actions by hand, and all that are not over. */
  readonly operations?: readonly OperationState[];
  readonly hold?: Hold;
  readonly health: readonly HealthState[];
  readonly verdict?: Verdict;
  /** Absent until the boot is over. */
  readonly monitor?: MonitorState;
  /** Absent until the first script of a run level is started. */
  readonly runlevel?: RunlevelState;
  /** The init that has got the machine: of ours only rescue is left. */
  readonly handedOver?: { readonly init: string; readonly atMs: number };
  /** Set once the machine is on its way down. */
  readonly ending?: EndingState;
  /** Until it begins, or is called off. */
  readonly shutdown?: PlannedShutdown;
  /** Absent in the first boot of this kernel. */
  readonly round?: Round;
  /** Absent: nobody wished for one. */
  readonly races?: RaceRecording;
  /** What an operator overrode: never silent, never forgotten. */
  readonly overrides: readonly string[];
  /** Faults in config, headers, links: `formatProblem` lines. */
  readonly problems: readonly string[];
}

/** The rescue side of the state, in `/run/lifeboot/rescue.json`, written by `lifeboot rescue`. */
export interface RescueState {
  readonly pid: number;
  readonly listening: boolean;
  readonly port: number;
  readonly hostKeyFingerprint: string;
  /** `ssh -p 2222 root@10.0.2.15`, one for each address; empty when there is no network. */
  readonly sshCommands: readonly string[];
  readonly sinceMs: number;
  readonly sessions: number;
  readonly authorizedKeys: number;
  /** Whose certificates let somebody in. */
  readonly authorities: number;
  /** One line a link: `eth0 up 10.0.2.15/24 from ip=`. */
  readonly links: readonly string[];
  /** Whether the network is as good as it gets for now: an address is there, or it is known why not, or none is wished for. */
  readonly settled: boolean;
  readonly problems: readonly string[];
}

export const readBootState = (sys: Sys): Promise<BootState | undefined> => readJson<BootState>(sys, paths.state);
export const readRescueState = (sys: Sys): Promise<RescueState | undefined> => readJson<RescueState>(sys, paths.rescueState);

/** A file that is missing or torn reads as absent: `writeAtomic` makes the second impossible, so it is not an error path. */
async function readJson<T>(sys: Sys, path: string): Promise<T | undefined> {
  const text = await sys.readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
