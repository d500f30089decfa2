/** The steady state's eye on the scripts: looks at each with its period, and brings back what is down. What it must not forget is in the state. */
import type { BootState, HealthState, MonitorState } from '../../sys/boot-state.ts';
import { emit } from '../../sys/events.ts';
import type { Sys } from '../../sys/sys.ts';
import { findRow } from '../operate/operation.ts';
import { attempt } from './attempt.ts';
import { findDaemon, withDaemon } from './daemon-state.ts';
import { followRow, isBusy } from './follow-rows.ts';
import { followDaemon, judgeLooks, type Look, planLooks, takeAnswer } from './looks.ts';
import { dueRestarts, type MonitorAction, type MonitorRules, nextDueMs, type Observation, planMonitor } from './plan-monitor.ts';
import { tellActions } from './tell-actions.ts';
import type { Watched } from './watched.ts';

export interface MonitorContext {
  readonly sys: Sys;
  readonly state: () => BootState;
  /** Changes the state; resolves when the change would survive a crash. */
  readonly change: (change: (state: BootState) => BootState) => Promise<void>;
  readonly watched: readonly Watched[];
  readonly rules: MonitorRules;
  /** Of checks that name none. */
  readonly periodMs: number;
  readonly hasProcesses: (script: string) => Promise<boolean>;
  /** Resolves when the restart has ended: with why it did not end well, or undefined. The same count is the same restart. */
  readonly restart: (script: string, count: number) => Promise<string | undefined>;
  readonly signal: AbortSignal;
}

/** A check that takes its time must not keep the others' answers waiting. */
const GATHER_MS = 250;
/** Programs of checks that run at the same time: a machine with many of them has other work, too. */
const PROGRAMS_AT_ONCE = 4;
const IDLE_MS = 60_000;
/** A loop that has no rest would starve what it waits for. */
const LEAST_MS = 10;

/** Watches until the signal is aborted. `MonitorState` must be in the state. Never throws for what a script or a check does. */
export const runMonitor = (context: MonitorContext): Promise<void> => new Monitor(context).run();

class Monitor {
  readonly #context: MonitorContext;
  readonly #looks: readonly Look[];
  readonly #seen: Observation[] = [];
  #programs: Promise<unknown>[] = [];
  #wake = new AbortController();

  constructor(context: MonitorContext) {
    this.#context = context;
    this.#looks = planLooks(context.watched, this.#monitor().daemons, context.sys.uptimeMs(), context.periodMs);
  }

  async run(): Promise<void> {
    const { sys, signal } = this.#context;
    // An earlier agent of this boot began these.
    for (const { script, restarts, restartingMs } of this.#monitor().daemons)
      if (restartingMs !== undefined) this.#restart(script, restarts);
    while (!signal.aborted) {
      await this.#look();
      // What came so far is taken in now; what comes from here on wakes the loop.
      this.#wake = new AbortController();
      await this.#act();
      const wait = Math.max(LEAST_MS, Math.min(this.#dueMs(), sys.uptimeMs() + IDLE_MS) - sys.uptimeMs());
      if (this.#seen.length === 0) await sys.sleep(wait, AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  #monitor(): MonitorState {
    return this.#context.state().monitor ?? { daemons: [] };
  }

  #dueMs(): number {
    this.#renew(this.#monitor());
    return Math.min(
      nextDueMs(this.#monitor(), this.#context.rules.limits),
      ...this.#looks.filter(({ running }) => !running).map(({ dueMs }) => dueMs),
    );
  }

  /** What was started anew is looked at anew. */
  #renew(monitor: MonitorState): void {
    for (const look of this.#looks) {
      const daemon = findDaemon(monitor, look.script);
      if (daemon !== undefined) followDaemon(look, daemon);
    }
  }

  /** Makes what is due; answers that are late wake the loop when they come. */
  async #look(): Promise<void> {
    const { sys, state, rules, signal } = this.#context;
    const nowMs = sys.uptimeMs();
    const monitor = this.#follow(nowMs);
    this.#renew(monitor);
    const restarting = dueRestarts(monitor, rules.limits, nowMs);
    const answers: Promise<void>[] = [];
    for (const look of this.#looks) {
      const daemon = findDaemon(monitor, look.script);
      if (daemon === undefined) continue;
      // Before a restart it is looked at once more: it may have come back by itself.
      const isLast = restarting.includes(daemon);
      if (look.running || (look.dueMs > nowMs && !isLast)) continue;
      const isLeft = !daemon.wanted || daemon.restartingMs !== undefined || isBusy(findRow(state(), look.script));
      if (isLeft) look.dueMs = nowMs + this.#context.periodMs;
      else answers.push(this.#ask(look));
    }
    if (answers.length === 0) return;
    const enough = new AbortController();
    await Promise.race([Promise.all(answers), sys.sleep(GATHER_MS, AbortSignal.any([enough.signal, signal]))]);
    enough.abort();
  }

  async #ask(look: Look): Promise<void> {
    const { sys, hasProcesses, signal, periodMs } = this.#context;
    const { script, check } = look;
    const { epochMs } = look;
    look.running = true;
    const ask = () => attempt({ sys, hasProcesses: () => hasProcesses(script), signal }, check.probe, check.timeoutMs);
    const why = await (check.probe.kind === 'exec' ? this.#inTurn(ask) : ask());
    look.running = false;
    const daemon = findDaemon(this.#monitor(), script);
    // What was asked before a restart says nothing about what is there now.
    if (daemon === undefined || signal.aborted || look.epochMs !== epochMs) return;
    const was = look.ok ?? true;
    takeAnswer(look, why, daemon, sys.uptimeMs(), periodMs);
    if (!look.counts && look.ok !== undefined && look.ok !== was) await tellWanted(sys, look);
    const seen = judgeLooks(script, this.#looks);
    if (seen !== undefined && seen.what !== daemon.health) this.#seen.push(seen);
    this.#wake.abort();
  }

  /** One after another on each of a few lanes. */
  async #inTurn<T>(ask: () => Promise<T>): Promise<T> {
    const before = this.#programs.length < PROGRAMS_AT_ONCE ? Promise.resolve() : Promise.race(this.#programs);
    const answer = before.then(ask);
    this.#programs.push(answer);
    return answer.finally(() => {
      this.#programs = this.#programs.filter((each) => each !== answer);
    });
  }

  /** Who was started and stopped by others, taken into the state. */
  #follow(nowMs: number): MonitorState {
    const { state, change } = this.#context;
    let monitor = this.#monitor();
    for (const daemon of monitor.daemons) {
      const followed = followRow(daemon, findRow(state(), daemon.script), nowMs);
      if (followed !== daemon) monitor = withDaemon(monitor, followed);
    }
    if (monitor !== state().monitor) void change((old) => ({ ...old, monitor }));
    return monitor;
  }

  /** INVARIANT: what is begun is in the state before it begins, so that the next agent joins it and begins nothing twice. */
  async #act(): Promise<void> {
    const { sys, state, change, rules, watched } = this.#context;
    const seen = this.#seen.splice(0);
    const before = this.#monitor();
    const { monitor, actions } = planMonitor(before, seen, rules, sys.uptimeMs());
    const health = withLooks(state().health, this.#looks);
    if (monitor !== before || health !== state().health) await change((old) => ({ ...old, monitor, health }));
    await tellActions(sys, actions, watched);
    for (const action of actions) if (isRestart(action)) this.#restart(action.script, action.count);
  }

  #restart(script: string, count: number): void {
    const { sys, restart, signal } = this.#context;
    const run = async (): Promise<void> => {
      const failure = await restart(script, count).catch((error: Error) => error.message);
      if (signal.aborted) return;
      const end = failure === undefined ? ({ what: 'restarted' } as const) : ({ what: 'not-restarted', detail: failure } as const);
      await emit(sys, { subject: 'health', name: script, ...end, data: { restarts: count } });
      this.#seen.push(failure === undefined ? { script, what: 'restarted' } : { script, what: 'not-restarted', reason: failure });
      this.#wake.abort();
    };
    void run();
  }
}

/** Of a check that does not count it is only told. */
function tellWanted(sys: Sys, { script, check, ok, why }: Look): Promise<void> {
  const detail = [check.text, ...(why === '' ? [] : [why]), 'wanted only'].join(': ');
  return emit(sys, { subject: 'health', name: script, what: ok ? 'healthy' : 'unhealthy', detail });
}

const isRestart = (action: MonitorAction): action is MonitorAction & { readonly kind: 'restart' } => action.kind === 'restart';

/** The checks' rows as they are now: the same list while nothing changed. */
function withLooks(rows: readonly HealthState[], looks: readonly Look[]): readonly HealthState[] {
  let changed = false;
  const next = rows.map((row) => {
    const look = looks.find(({ script, check }) => script === row.script && check.text === row.check);
    if (look?.ok === undefined || look.ok === row.healthy) return row;
    changed = true;
    return { ...row, healthy: look.ok, detail: look.why };
  });
  return changed ? next : rows;
}
