/** What a phase of the boot comes to. Surprises are thrown as SysError; everything foreseen is a value. */

export interface Held {
  readonly kind: 'held';
  /** One sentence: what failed and on what. */
  readonly reason: string;
  /** Lines that prove it: fsck's last words, the holders by name. */
  readonly evidence: readonly string[];
  /** Commands that would mend it, in the order of advice, before the general `retry`, `skip`, `reboot`. */
  readonly advice: readonly { readonly command: string; readonly does: string }[];
}

export type PhaseResult = { readonly kind: 'done'; readonly detail?: string } | Held;

export const done = (detail?: string): PhaseResult => (detail === undefined ? { kind: 'done' } : { kind: 'done', detail });

export function held(reason: string, evidence: readonly string[] = [], advice: Held['advice'] = []): Held {
  return { kind: 'held', reason, evidence, advice };
}
