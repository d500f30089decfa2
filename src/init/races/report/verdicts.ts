/** What a verdict means, how much it weighs, and which ones fail a build. */
import { compareNames } from '../../plan/finding.ts';
import type { JudgedFinding, VerdictKind } from './finding.ts';

/** In the order in which a reader wants them: harm that was seen, harm that is possible, what was looked for and not found. */
export const verdicts: Readonly<Record<VerdictKind, string>> = {
  confirmed: 'fails in one order only, each time it was tried',
  divergent: 'the state differs between the orders, nothing failed',
  latent: 'fails when forced; boots do not come near that order',
  'flaky-base': 'the same order does not always end the same',
  predicted: 'not tried yet, or what is drawn by chance did not come up',
  unreachable: 'the order could not be brought about: something unseen orders them',
  benign: 'both orders end equal',
};
export const verdictKinds = Object.keys(verdicts) as readonly VerdictKind[];

/** 0 is what a reader wants first. */
export const weightOf = (verdict: VerdictKind): number => verdictKinds.indexOf(verdict);

/** Of two judgements of one finding that with the smaller one counts: by the order above, but whatever was tried before what was not. */
export const doubtOf = (verdict: VerdictKind): number => (verdict === 'predicted' ? verdictKinds.length : weightOf(verdict));

/** What `--fail-on` takes, each with the verdicts that fail then. */
export const failOn = {
  confirmed: ['confirmed'],
  divergent: ['confirmed', 'divergent'],
  any: ['confirmed', 'divergent', 'latent', 'flaky-base', 'predicted'],
} as const satisfies Readonly<Record<string, readonly VerdictKind[]>>;
export type FailOn = keyof typeof failOn;

/** The order of every form of a report: by verdict, then by score, then by id. Accepted ones are last. */
export function sortFindings(findings: readonly JudgedFinding[]): readonly JudgedFinding[] {
  const late = ({ accepted }: JudgedFinding) => (accepted === undefined ? 0 : 1);
  return findings.toSorted(
    (a, b) =>
      late(a) - late(b) ||
      weightOf(a.judgement.verdict) - weightOf(b.judgement.verdict) ||
      b.score - a.score ||
      compareNames(a.id, b.id) ||
      compareNames(a.scripts.join(' '), b.scripts.join(' ')),
  );
}
