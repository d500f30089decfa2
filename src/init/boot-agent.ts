/** `lifeboot boot`: one boot from the released root to the way down. Killed at any point, the next one goes on from there. */
import { loadConfig } from '../sys/config.ts';
import { emit } from '../sys/events.ts';
import { type RootFacts, readRootFacts } from '../sys/root-facts.ts';
import type { Sys } from '../sys/sys.ts';
import { attendMachine } from './attend-machine.ts';
import { bootPhases } from './boot.ts';
import type { BootContext } from './boot-context.ts';
import { keepConsoleShells } from './console-shells.ts';
import { serveControl } from './control.ts';
import { downPhases } from './down.ts';
import type { RealEnding } from './ending.ts';
import { listenInitctl } from './listen-initctl.ts';
import { keepMetrics } from './metrics/keep-metrics.ts';
import { operateAnswers } from './operate/answer-operate.ts';
import { resumeOperations } from './operate/operate-script.ts';
import { createOperations } from './operate/operations.ts';
import { watchNotices } from './operate/watch-notices.ts';
import { createOperator, type Ending } from './operator.ts';
import { findOtherInit } from './other-init.ts';
import { planTiersOnce } from './planned-tiers.ts';
import { attendRecording } from './races/record/recording.ts';
import { ctrlAltDelAnswers } from './run-inittab.ts';
import { runlevelAnswers } from './runlevel/answer-runlevel.ts';
import { bootLevelWord, bootRunlevel } from './runlevel/boot-level.ts';
import { runDownPhases, runPhases } from './sequence.ts';
import { attendShutdown } from './shutdown/attend-shutdown.ts';
import { beginRound } from './soft-reboot.ts';
import { openStateStore } from './state-store.ts';
import { keepSystemLog } from './system-log/keep-system-log.ts';
import { tellProblem } from './tell-problem.ts';
import { operateContext } from './tier-phases.ts';

/**
 * Boots the machine, keeps it up, and brings it down again, as often as a soft reboot asks for it. Resolves with how PID 1 is to end
 * the machine, or `handed-over` when another init has it; never throws for a failed boot.
 */
export async function runBootAgent(sys: Sys): Promise<RealEnding | 'handed-over'> {
  // proc(5): the last process that the kernel may kill for want of memory. What it starts is not: run-script.
  await sys.appendLine('/proc/self/oom_score_adj', '-1000').catch(() => undefined);
  for (;;) {
    const ending = await liveOnce(sys);
    if (ending === undefined) return 'handed-over';
    if (ending.kind !== 'soft-reboot') return ending.kind;
  }
}

/** From the released root to the way down, or to the hand-over. */
async function liveOnce(sys: Sys): Promise<Ending | undefined> {
  const opened = await openContext(sys);
  // No other boot reads a line of it.
  const trial = opened.cmdline.trial === undefined ? undefined : await (await import('./races/force/drive-boot.ts')).driveBoot(opened);
  const context = trial === undefined ? opened : { ...opened, trial };
  await using stack = new AsyncDisposableStack();
  await resumeOperations(operateContext(context));
  const shutdowns = stack.use(attendShutdown(context));
  const answers = {
    ...operateAnswers(operateContext(context)),
    ...runlevelAnswers(context),
    ...ctrlAltDelAnswers(context),
    ...shutdowns.answers,
  };
  stack.use(await serveControl(sys, context.operator, context.store, answers));
  // Another init that gets the machine has ways of its own to learn of it.
  if (context.otherInit === undefined) stack.use(await watchNotices(operateContext(context)));
  stack.use(await listenInitctl(context));
  const consoles = await keepConsoleShells(context);
  const { textfile_directory: metricsDirectory } = context.config.metrics;
  if (metricsDirectory !== '') stack.use(keepMetrics(sys, metricsDirectory));
  stack.use(keepSystemLog(sys, context.config.log));
  await runPhases(bootPhases, context);
  const recording = attendRecording(context);
  const isHandedOver = context.store.current().handedOver !== undefined;
  if (!isHandedOver && context.operator.ending() === undefined) await attendMachine(context, consoles);
  await consoles.stop();
  await recording.end();
  if (isHandedOver) return undefined;
  return bringDown(context);
}

/** The way down. Also called by PID 1's shutdown hook when no agent is left to do it. */
export async function bringDown(context: BootContext): Promise<Ending> {
  const ending = context.operator.ending() ?? { kind: 'reboot', by: 'nobody' };
  await emit(context.sys, { subject: 'boot', name: ending.kind, what: 'started', detail: `by ${ending.by}` });
  await runDownPhases(downPhases, context);
  // A real end that was asked for meanwhile goes before.
  const last = context.operator.ending() ?? ending;
  if (last.kind === 'soft-reboot') await beginRound(context, last);
  return last;
}

/** Reads what this boot is about. Faults in what people wrote are told once, on the console and in the status. */
export async function openContext(sys: Sys): Promise<BootContext> {
  const store = await openStateStore(sys);
  const { config: written, cmdline, problems } = await loadConfig(sys);
  const word = bootLevelWord(cmdline);
  const config = /^[2-5]$/.test(word ?? '') ? { ...written, scripts: { ...written.scripts, runlevel: Number(word) } } : written;
  const runlevel = bootRunlevel(store.current(), word, config.scripts.runlevel);
  if (runlevel !== undefined) await store.update((state) => ({ ...state, runlevel }));
  const { agentStarts: starts, round } = store.current();
  await emit(sys, {
    subject: 'boot',
    name: 'agent',
    what: starts === 1 ? 'started' : 'resumed',
    detail: `start ${starts} of ${round === undefined ? 'this boot' : `soft reboot ${round.count}`}`,
  });
  const root = await readRootFacts(sys);
  if (starts === 1 && round === undefined) await tellStage1(sys, root);
  for (const problem of problems) await tellProblem({ sys, store }, problem);
  const operator = createOperator({
    first: store.current().ending,
    remember: (ending) => store.update((state) => ({ ...state, ending })),
  });
  const plannedTiers = planTiersOnce({ sys, store, config });
  const otherInit = await findOtherInit({ sys, store, config });
  return {
    sys,
    config,
    cmdline,
    store,
    operator,
    operations: createOperations(),
    plannedTiers,
    root: () => readRootFacts(sys),
    ...otherInit,
    retry: false,
    signal: operator.endingSignal,
  };
}

/** Stage 1 has no event log of its own. */
async function tellStage1(sys: Sys, { source, startedMs, copiedMs }: RootFacts): Promise<void> {
  if (startedMs === undefined || copiedMs === undefined) return;
  const took = `began at ${(startedMs / 1000).toFixed(2)} s, toolbox in memory at ${(copiedMs / 1000).toFixed(2)} s`;
  await emit(sys, {
    subject: 'boot',
    name: 'stage-1',
    what: 'done',
    detail: `${took}, ${source === undefined ? 'the root is not mounted' : `root is ${source}`}`,
    data: { startedMs, copiedMs },
  });
}
