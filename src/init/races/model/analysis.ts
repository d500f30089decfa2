/** What the analysis of recordings comes to. Types only. */
import type { Finding, RaceReport } from '../report/finding.ts';

export interface Analysis {
  /** Highest score first. */
  readonly findings: readonly Finding[];
  /** Pairs that a rule forgave, by rule; also the rules that forgave none. */
  readonly benign: RaceReport['benign'];
  /** What was not seen, in words. */
  readonly coverage: readonly string[];
  /** Pairs of scripts in a declared order that conflict: that order is needed. */
  readonly neededOrders: readonly (readonly [string, string])[];
}

export interface AnalyseOptions {
  /** Names of benign rules that are not to count. */
  readonly disabledRules?: readonly string[];
}
