/** A boot that is driven from outside: it waits at each tier barrier, runs what it is told in the order it is told, and says what came of it. */
import { emit } from '../../../sys/events.ts';
import type { Message, Sys } from '../../../sys/sys.ts';
import type { Tier } from '../../init-script.ts';
import { cgroupOf } from '../../processes/cgroup.ts';
import type { ScriptPaths } from '../../script-paths.ts';
import type { AtCall, Outcome, Trial } from '../trial/trial.ts';
import { awaitHeld, type HoldPaths, holdEnd, letGo, prepareHolds, stopMs } from './call-holds.ts';
import { type Frozen, freeze } from './freeze.ts';
import { findDeadlock, isRun, waitsOf } from './gates.ts';
import { awaitQuiet } from './quiet.ts';
import { parseCommand, type TrialCommand } from './trial-command.ts';

/** The line to the explorer. */
export interface TrialPort {
  send(message: Message): Promise<void>;
  /** The next message; undefined when none came in so long. */
  next(timeoutMs: number): Promise<Message | undefined>;
}

/** How the machine is now, compared with how it was. */
export interface Observer {
  /** Remembers how it is. */
  begin(): Promise<void>;
  /** The trial begins: from here on the clock is that of the machine. */
  started(): void;
  facts(): Promise<Outcome['facts']>;
}

export interface TrialContext {
  readonly sys: Sys;
  readonly paths: ScriptPaths;
  readonly holds: HoldPaths;
  readonly port: TrialPort;
  readonly observer: Observer;
  /** Makes this run of a snapshot another one than the last. Resolves with what could not be done. */
  readonly perturb: (trial: Trial) => Promise<readonly string[]>;
}

/** What the tier runner asks for each script of a tier that is run in a trial. */
export interface TierTrial {
  readonly runs: (script: string) => boolean;
  /** Resolves when the script may begin. */
  readonly turn: (script: string) => Promise<void>;
  /** What its environment gets. Throws SysError. */
  readonly environment: (script: string) => Promise<Readonly<Record<string, string>>>;
  /** By how much its deadline is later: its calls are stopped for a while. */
  readonly moreMs: (script: string) => number;
  /** It has ended: resolves when it is quiet, and lets those go on that are stopped until then. */
  readonly ended: (script: string) => Promise<void>;
}

export interface TrialControl {
  /** Called before each tier, and without one after the last. Resolves with the trial that it is run in; undefined: as in any boot. */
  readonly barrier: (tier?: Tier) => Promise<TierTrial | undefined>;
}

/** A machine that nobody tells anything goes on after this, as in any other boot. */
const COMMAND_MS = 600_000;
/** Between two scripts, and between two tiers. */
const BETWEEN = { quietMs: 500, capMs: 10_000 } as const;

/** What became of what stood still. */
type Thawed = 'thawed' | 'late' | 'missed';
type Running = Extract<TrialCommand, { op: 'trial' }> & { readonly thawed: Thawed[] };

export function createTrialControl(context: TrialContext): TrialControl {
  const { sys, paths, port, observer } = context;
  let running: Running | undefined;
  let nonce = 0;
  let before: Tier | undefined;
  let isAbandoned = false;

  async function finish({ nonce: own, trial, quiet, thawed }: Running): Promise<void> {
    for (const [script, holds] of holdsOf(trial))
      for (const id of holds.keys()) await letGo(sys, context.holds, script, id).catch(() => undefined);
    await awaitQuiet(sys, paths.cgroups, quiet);
    const ends = await Promise.all(
      [...holdsOf(trial)].flatMap(([script, holds]) =>
        // Who did not come to a call, or stood there on its way, has lost nothing.
        holds.flatMap(({ kind }, id) => (kind === 'call' ? [holdEnd(sys, context.holds, script, id)] : [])),
      ),
    );
    const told: readonly string[] = [...ends, ...thawed];
    const facts = await observer.facts();
    const outcome: Outcome = { trial: trial.name, facts, timedOut: told.includes('late'), missed: told.includes('missed') };
    await port.send({ op: 'outcome', nonce: own, outcome });
  }

  async function command(tier: Tier | undefined): Promise<void> {
    await port.send({
      op: 'barrier',
      after: nonce,
      ...(tier !== undefined && { tier: tier.name, scripts: tier.scripts.map(({ name }) => name) }),
    });
    for (;;) {
      const message = await port.next(COMMAND_MS);
      if (message === undefined) {
        isAbandoned = true;
        return emit(sys, { subject: 'boot', name: 'trial', what: 'abandoned', detail: 'nobody says what to try' });
      }
      const told = parseCommand(message);
      const wrong = typeof told === 'string' ? told : told.op === 'trial' ? whyNot(told.trial, tier) : undefined;
      if (typeof told === 'string' || wrong !== undefined) await port.send({ op: 'refused', why: wrong ?? '' });
      else if (told.op === 'go') {
        nonce = told.nonce;
        return;
      } else if (told.op === 'watch') {
        await observer.begin();
        await port.send({ op: 'watching' });
      } else {
        running = { ...told, thawed: [] };
        nonce = told.nonce;
        const faults = await context.perturb(told.trial);
        observer.started();
        return emit(sys, { subject: 'boot', name: 'trial', what: 'begun', detail: [told.trial.name, ...faults].join('; ') });
      }
    }
  }

  return {
    async barrier(tier) {
      if (running !== undefined) {
        if (before?.name === running.trial.until || running.trial.until === undefined || tier === undefined) {
          await finish(running);
          running = undefined;
        } else await awaitQuiet(sys, paths.cgroups, BETWEEN);
      }
      before = tier;
      if (running === undefined && !isAbandoned) await command(tier);
      return running === undefined || tier === undefined ? undefined : tierTrial(context, running, tier);
    },
  };
}

function whyNot(trial: Trial, tier: Tier | undefined): string | undefined {
  if (tier === undefined) return `trial ${trial.name}: no tier is left to be run`;
  const circle = findDeadlock(trial, namesIn(trial, tier));
  return circle === undefined ? undefined : `trial ${trial.name}: they wait for each other: ${circle.join(' → ')}`;
}

const namesIn = (trial: Trial, tier: Tier): readonly string[] =>
  tier.scripts.map(({ name }) => name).filter((name) => isRun(trial, tier.name, name));

/** By script. The id of a hold is its number among those of the script. */
function holdsOf({ holds }: Trial): ReadonlyMap<string, readonly AtCall[]> {
  return Map.groupBy(
    holds.filter((hold) => hold.kind === 'call' || hold.kind === 'pass'),
    ({ script }) => script,
  );
}

function tierTrial({ sys, paths, holds: holdPaths }: TrialContext, { trial, thawed }: Running, tier: Tier): TierTrial {
  const names = namesIn(trial, tier);
  const held = holdsOf(trial);
  const done = new Map(names.map((name) => [name, Promise.withResolvers<void>()]));
  const doneOf = (name: string): Promise<void> => done.get(name)?.promise ?? Promise.resolve();
  const frozen = new Map<string, readonly (Frozen | undefined)[]>();
  const idOf = (hold: AtCall): number => held.get(hold.script)?.indexOf(hold) ?? 0;
  return {
    runs: (script) => names.includes(script),
    async turn(script) {
      for (const wait of waitsOf(trial, script, names)) {
        if (wait.kind === 'done') {
          await doneOf(wait.script);
          continue;
        }
        const { hold } = wait;
        const [done, waitMs] = wait.kind === 'held' ? [doneOf(hold.script), COMMAND_MS] : [undefined, hold.timeoutMs];
        const deadlineMs = sys.uptimeMs() + waitMs;
        await awaitHeld(sys, holdPaths, hold.script, idOf(hold), { ...(done && { done }), deadlineMs });
        if (wait.kind === 'passed') await awaitQuiet(sys, cgroupOf(paths, hold.script), BETWEEN);
      }
      const still = trial.holds.filter((hold) => hold.kind === 'freeze').filter(({ until }) => until === script);
      if (still.length > 0) frozen.set(script, await Promise.all(still.map((hold) => freeze(sys, paths, hold.script, hold.timeoutMs))));
    },
    async environment(script) {
      const own = held.get(script);
      return own === undefined ? {} : prepareHolds(sys, holdPaths, script, own);
    },
    moreMs: (script) => (held.get(script) ?? []).reduce((sum, hold) => sum + stopMs(hold), 0),
    async ended(script) {
      if (!trial.hasty) await awaitQuiet(sys, cgroupOf(paths, script), BETWEEN);
      for (const hold of [...held.values()].flat()) {
        if (hold.kind === 'call' && hold.until === script) await letGo(sys, holdPaths, hold.script, idOf(hold)).catch(() => undefined);
      }
      for (const each of frozen.get(script) ?? []) thawed.push(each === undefined ? 'missed' : (await each.thaw()) ? 'thawed' : 'late');
      done.get(script)?.resolve();
    },
  };
}
