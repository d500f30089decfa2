/** Tries what the plan wants, tier by tier: the machine is booted once, kept at each barrier with something to try, and restored for each trial. */
import type { Finding } from '../../src/init/races/report/finding.ts';
import type { Exploration } from '../../src/init/races/trial/evidence.ts';
import { type Agenda, planNext } from '../../src/init/races/trial/next-trials.ts';
import { type Clock, describeLeft, isOver, isShareUsed } from '../../src/init/races/trial/time-left.ts';
import type { Outcome, Trial } from '../../src/init/races/trial/trial.ts';
import type { ShowProgress } from '../progress.ts';
import type { DrivenMachine } from './driven-machine.ts';
import type { ResultsFile } from './results-file.ts';

export interface ExploreOptions {
  /** Boots a machine; it is before its first barrier. */
  readonly boot: () => Promise<DrivenMachine>;
  readonly findings: readonly Finding[];
  readonly exploration: Exploration;
  readonly results: ResultsFile;
  readonly budgetMs: number;
  readonly show: ShowProgress;
  readonly signal: AbortSignal;
}

export interface Explored {
  readonly agenda: Agenda;
  /** `budget`: it is used up; `stuck`: the machine does not come to what is left. */
  readonly ended: 'done' | 'budget' | 'stuck' | 'interrupted';
  readonly left: string;
}

/** A boot comes to every tier once; what a later tier says about an earlier one takes another boot. */
const MOST_BOOTS = 6;

/** Never throws for what a machine does: a boot that ends in a fault is followed by another one, as long as something is learned. */
export async function exploreImage(options: ExploreOptions): Promise<Explored> {
  const { findings, exploration, results, budgetMs, show, signal } = options;
  const startedMs = performance.now();
  const agenda = (): Agenda => planNext(findings, exploration, results.results);
  const clock = (): Clock => ({
    budgetMs,
    elapsedMs: performance.now() - startedMs,
    durationsMs: results.durationsMs,
    outstanding: agenda().outstanding.length,
  });
  const why = (): Explored['ended'] | undefined => {
    if (signal.aborted) return 'interrupted';
    if (agenda().outstanding.length === 0) return 'done';
    return isOver(clock()) ? 'budget' : undefined;
  };
  const progress = show('trials');
  let ended = why();
  let fault = '';
  for (let boots = 0; ended === undefined && boots < MOST_BOOTS; boots++) {
    const before = results.results.size;
    progress.update(`booting; ${describeLeft(clock())}`);
    try {
      await using machine = await options.boot();
      await passTiers(machine, { agenda, clock }, async (trial) => {
        progress.update(`${trial.name}; ${describeLeft(clock())}`);
        const beganMs = performance.now();
        await results.add(await tryOnce(machine, trial), performance.now() - beganMs);
        return why() === undefined;
      });
    } catch (error) {
      fault = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
      progress.update(`the machine is given up: ${fault}`);
    }
    ended = why();
    if (ended === undefined && results.results.size === before) ended = 'stuck';
  }
  const left = describeLeft(clock());
  progress.done(`${results.results.size} trials, ${left}${ended === 'stuck' && fault !== '' ? `; ${fault}` : ''}`);
  return { agenda: agenda(), ended: ended ?? 'stuck', left };
}

/** Goes on to the next barrier when nothing is left to try at this one, or its time is over. `attempt` says whether to go on at all. */
async function passTiers(
  machine: DrivenMachine,
  { agenda, clock }: { readonly agenda: () => Agenda; readonly clock: () => Clock },
  attempt: (trial: Trial) => Promise<boolean>,
): Promise<void> {
  for (let barrier = await machine.nextBarrier(); barrier !== undefined; barrier = await machine.nextBarrier()) {
    const here = agenda().outstanding.filter(({ tier }) => tier === barrier?.tier);
    const share = here.length / agenda().outstanding.length;
    const beganMs = clock().elapsedMs;
    for (;;) {
      const { outstanding } = agenda();
      if (outstanding.length === 0) return;
      const next = outstanding.find(({ tier }) => tier === barrier?.tier);
      if (next === undefined || isShareUsed(clock(), { spentMs: clock().elapsedMs - beganMs, share })) break;
      if (!(await attempt(next.trial))) return;
    }
  }
}

/** A machine that says nothing any more is an outcome, too; one that refuses the trial was not forced to anything. */
async function tryOnce(machine: DrivenMachine, trial: Trial): Promise<Outcome> {
  try {
    const outcome = await machine.run(trial);
    return { ...outcome, facts: { ...outcome.facts, machine: 'answers' } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const head = { trial: trial.name, timedOut: false };
    if (/did not come within/.test(why)) return { ...head, facts: { machine: 'does not answer' } };
    if (/refuses it/.test(why)) return { ...head, facts: { machine: 'answers', refused: why }, missed: true };
    throw error;
  }
}
