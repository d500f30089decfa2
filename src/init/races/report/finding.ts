/** What the detector tells: a race between two scripts, with its witnesses, what became of it, and what would end it. Types only. */

/**
 * T1 use before init · T2 use after clean · T3 last writer · T4 exclusive resource · T5 check then act · T6 shadowing mount ·
 * T7 readiness gap behind a declared edge · T8 lottery of a resource (port range, pid) · T9 missed event.
 */
export type RaceType = 'T1' | 'T2' | 'T3' | 'T4' | 'T5' | 'T6' | 'T7' | 'T8' | 'T9';

/** One call of a script, as one can wait for it to be made again. */
export interface CallPlace {
  readonly call: string;
  /** As the program said it, or the address. */
  readonly argument: string;
  /** The so-manieth call of that kind about the same thing that the script made, from 2 on. Absent: the first. */
  readonly nth?: number;
}

/** One call, and who made it. */
export interface Site extends CallPlace {
  readonly script: string;
  readonly process: string;
  readonly pid: number;
  /** `ENOENT`; absent: it worked. */
  readonly error?: string;
  /** Milliseconds since the kernel's start. */
  readonly atMs: number;
  /** Of the processes below the script's first one: how the one that did it was called, first to last. */
  readonly lineage?: readonly string[];
  /** It got a lock: what the script did next that it can be stopped at, while it had the lock. */
  readonly holding?: CallPlace;
  /** The start of its script had ended before: whoever starts behind it may come too early all the same. */
  readonly late?: true;
}

/** One object that both touch. */
export interface Witness {
  readonly type: RaceType;
  /** `name /run/x`, `address tcp:80`, `sysctl net.ipv4.ip_forward`, `process dnsmasq`, `clock`. */
  readonly object: string;
  /** In the order they were seen in. */
  readonly first: Site;
  readonly second: Site;
  /** The trace it was seen in. */
  readonly trace: string;
}

/** All that speaks for one race between two scripts. */
export interface Finding {
  /** Stays the same as long as scripts, type and object do: 12 hex digits. */
  readonly id: string;
  /** Of the strongest witness. */
  readonly type: RaceType;
  readonly tier: string;
  /** The one that should come first, where the type tells (producer, cleaner, mounter, listener); else by name. */
  readonly scripts: readonly [string, string];
  readonly directed: boolean;
  /** The strongest first; at most 20, `witnessCount` has all. */
  readonly witnesses: readonly Witness[];
  readonly witnessCount: number;
  /** How far apart the two calls were, over all traces that have both; negative: seen in the other order, too. */
  readonly slackMs: { readonly min: number; readonly median: number; readonly traces: number };
  /** 0 to 1: how likely it bites, before anything was tried. */
  readonly score: number;
  /** One sentence: what happens in the order not seen. */
  readonly mechanism: string;
  /** An edge is declared and is not enough (T7), or none is. */
  readonly declaredEdge: boolean;
}

export type VerdictKind =
  /** Fails in one order only, each time it was tried. */
  | 'confirmed'
  /** The state differs, nothing failed. */
  | 'divergent'
  /** Fails when forced; boots do not come near that order. */
  | 'latent'
  /** Both orders end equal. */
  | 'benign'
  /** The order could not be brought about: something unseen orders them. */
  | 'unreachable'
  /** The same order does not always end the same. */
  | 'flaky-base'
  /** Not tried yet. */
  | 'predicted';

export interface Judgement {
  readonly verdict: VerdictKind;
  /** `dhcpd before named`: what is well. */
  readonly goodOrder?: string;
  readonly badOrder?: string;
  /** What was different in the bad order: `script named: exit 1 instead of 0`. */
  readonly differences: readonly string[];
  /** How to see it again: words for the harness, with the seed. */
  readonly reproduce?: string;
  readonly trials: number;
}

/** One line of a header as a mend wants it. */
export interface HeaderEdit {
  readonly script: string;
  /** `Required-Start` */
  readonly key: string;
  /** All of the line's value; empty: there is no such line any more. */
  readonly value: string;
}

/** An edit that ends the race. */
export interface Mend {
  /** `Required-Start: $named` in bind9's header; or what to do where no header can help. */
  readonly summary: string;
  /** Unified diff against the script, where there is one to make. */
  readonly diff?: string;
  /** The same as an override file. */
  readonly override?: { readonly path: string; readonly text: string };
  /** What the critical path of the boot gets longer by. */
  readonly costMs?: number;
  /** The finding was gone in both orders with it. */
  readonly verified: boolean;
  /** Why a re-run did not verify it, one sentence each. Absent: there was none, or it is verified. */
  readonly against?: readonly string[];
  /** What the diff does, for a re-run. Absent: no header line can help. */
  readonly edits?: readonly HeaderEdit[];
  /** Where the script that moves is then: `rc2-5.d/S30`. */
  readonly tier?: string;
  /** The edge alone would make this cycle, one line an edge with the header line that asks for it; the edits give up one of them. */
  readonly cycle?: readonly string[];
}

/** A declared edge behind which no conflict was ever seen: it may cost time for nothing. Information, no fault. */
export interface RedundantEdge {
  /** `from` waits for `to`. */
  readonly from: string;
  readonly to: string;
  /** `/etc/init.d/ssh:5: Required-Start: $syslog` */
  readonly witness: string;
  /** What the critical path of the boot would be shorter by without it. */
  readonly gainMs: number;
}

export interface JudgedFinding extends Finding {
  readonly judgement: Judgement;
  /** The best first. */
  readonly mends: readonly Mend[];
  /** By the reviewed file. */
  readonly accepted?: { readonly reason: string; readonly until: string };
}

export interface ReportedScript {
  readonly name: string;
  readonly tier: string;
  readonly sha256: string;
  /** From its start until it counted as up, the median of the boots: what an order costs is computed from it. */
  readonly durationMs?: number;
}

export interface RaceReport {
  readonly version: 1;
  readonly kernel: string;
  readonly traces: readonly string[];
  readonly scripts: readonly ReportedScript[];
  /** What was not seen: missing probes, scripts that never ran. */
  readonly coverage: readonly string[];
  readonly findings: readonly JudgedFinding[];
  /** Pairs of calls that a rule calls harmless, by rule. */
  readonly benign: readonly { readonly rule: string; readonly reason: string; readonly pairs: number }[];
  /** Pairs of scripts in a declared order behind which a conflict was seen. Absent: nobody looked. */
  readonly neededOrders?: readonly (readonly [string, string])[];
  /** The dearest first. */
  readonly redundant?: readonly RedundantEdge[];
}
