/** Who begins when in a trial, as waits of one script for others. */
import type { CallHold, PassHold, Trial } from '../trial/trial.ts';

/** `done`: it has ended and is quiet. `held`: its call is stopped, or it is done without that. `passed`: it has come to its call. */
export type Wait =
  | { readonly kind: 'done'; readonly script: string }
  | { readonly kind: 'held'; readonly hold: CallHold }
  | { readonly kind: 'passed'; readonly hold: PassHold };

/** Whether a script of a tier is run in the trial. */
export const isRun = ({ until, only }: Trial, tier: string, script: string): boolean =>
  tier !== until || only === undefined || only.includes(script);

/** What the script waits for, of a tier of which these scripts are run. */
export function waitsOf({ serial = [], holds }: Trial, script: string, scripts: readonly string[]): readonly Wait[] {
  const isThere = (name: string): boolean => name !== script && scripts.includes(name);
  const order = serial.filter((name) => scripts.includes(name));
  const before = order[order.indexOf(script) - 1];
  return [
    ...(before === undefined ? [] : [{ kind: 'done', script: before } as const]),
    ...holds.flatMap((hold): Wait[] => {
      if (hold.kind === 'start') return hold.script === script && isThere(hold.after) ? [{ kind: 'done', script: hold.after }] : [];
      // Its script may be of an earlier tier.
      if (hold.kind === 'pass') return hold.until === script ? [{ kind: 'passed', hold }] : [];
      return hold.kind === 'call' && hold.until === script && isThere(hold.script) ? [{ kind: 'held', hold }] : [];
    }),
  ];
}

/** Scripts that wait for each other, first to last and back to the first; undefined: everybody begins. */
export function findDeadlock(trial: Trial, scripts: readonly string[]): readonly string[] | undefined {
  const open = new Map(
    scripts.map((script) => [
      script,
      waitsOf(trial, script, scripts).map((wait) => (wait.kind === 'done' ? wait.script : wait.hold.script)),
    ]),
  );
  for (let before = Number.POSITIVE_INFINITY; open.size < before; ) {
    before = open.size;
    for (const [script, waits] of open) if (waits.every((other) => !open.has(other))) open.delete(script);
  }
  const circle: string[] = [];
  for (let at = [...open.keys()][0]; at !== undefined; at = open.get(at)?.find((other) => open.has(other))) {
    if (circle.includes(at)) return [...circle.slice(circle.indexOf(at)), at];
    circle.push(at);
  }
  return undefined;
}
