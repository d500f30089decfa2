/** One action of one script, asked for by an operator or by the monitor: in its turn, on record, watched to its end. */
import type { Operated, OperationState } from '../../sys/boot-state.ts';
import { emit } from '../../sys/events.ts';
import { claimName, dropClaim, isRunning } from '../claims.ts';
import { watchEnded } from '../ended-watch.ts';
import type { InitScript } from '../init-script.ts';
import { handEnvironment } from '../script-environment.ts';
import { lastLines } from '../script-output.ts';
import { runScript } from '../script-run.ts';
import { patienceMs } from '../script-timeouts.ts';
import { callHook } from '../tier-context.ts';
import { findHandScript, type Refusal } from './find-hand-script.ts';
import type { OperateContext } from './operate-context.ts';
import {
  busyStatus,
  type HandAction,
  handHeading,
  handLog,
  linesOfLastRun,
  nextNumber,
  operationClaim,
  planOutcome,
  rowAfter,
  withOperation,
  withRow,
} from './operation.ts';

export interface OperateRequest {
  readonly script: string;
  readonly action: HandAction;
  /** Who asks, for people: `lifeboot restart`, `the monitor`. */
  readonly by: string;
  /** The same ticket is the same wish: it is fulfilled once, however often it is asked for. */
  readonly ticket?: string;
  /** Asked when its turn has come: a sentence says why it is not wanted any more. */
  readonly unless?: () => string | undefined;
}

const EVIDENCE_LINES = 10;

/**
 * Runs the action when no other one of the script runs, and resolves with how it ended; undefined when the machine went down meanwhile.
 * Refused when there is no such script, when lifeboot does its work, or when `unless` says so. The script outlives a crash of the
 * agent; `resumeOperations` goes on from the record. Of policy-rc.d and `scripts.skip` nothing is asked: somebody wants this one.
 */
export async function operateScript(context: OperateContext, request: OperateRequest): Promise<Operated | Refusal | undefined> {
  const { script: name, action, by, ticket } = request;
  const found = await findHandScript(context, name, action);
  if ('refused' in found) return found;
  const operation: OperationState = {
    number: nextNumber(context.state()),
    script: found.name,
    action,
    by,
    ...(ticket === undefined ? {} : { ticket }),
    askedMs: context.sys.uptimeMs(),
  };
  await context.change((state) => withOperation(state, operation));
  return inTurn(context, operation, found, request.unless);
}

/** Goes on with what an earlier agent of this boot had on its way. Call it before anything else wants a turn. */
export async function resumeOperations(context: OperateContext): Promise<void> {
  for (const operation of (context.state().operations ?? []).filter(({ outcome }) => outcome === undefined)) {
    const found = await findHandScript(context, operation.script, operation.action);
    if ('refused' in found) await settle(context, operation, lost(context, found.refused), false);
    else void inTurn(context, operation, found);
  }
}

function inTurn(
  context: OperateContext,
  operation: OperationState,
  script: InitScript,
  unless?: () => string | undefined,
): Promise<Operated | Refusal | undefined> {
  const { turns, running } = context.operations;
  const refused = async (why: string): Promise<Refusal> => {
    await settle(context, operation, lost(context, why), false);
    return { refused: why, exitCode: 1 };
  };
  const result = turns(script.name, async () => {
    if (context.signal?.aborted) return refused('the machine is on its way down');
    const why = unless?.();
    return why === undefined
      ? act(context, operation, script).catch((error: unknown) => surprised(context, operation, error))
      : refused(why);
  });
  const key = operation.ticket ?? String(operation.number);
  const outcome = result.then((end) => (end !== undefined && 'refused' in end ? lost(context, end.refused) : end));
  running.set(key, outcome);
  void outcome.finally(() => running.delete(key)).catch(() => undefined);
  return result;
}

/** Whatever went wrong with us: the action is over, on record, and nobody waits for it any more. */
async function surprised(context: OperateContext, operation: OperationState, error: unknown): Promise<Operated> {
  const detail = error instanceof Error ? error.message : String(error);
  const outcome = { ...lost(context, detail), startedMs: operation.askedMs };
  await settle(context, operation, outcome);
  return outcome;
}

async function act(context: OperateContext, operation: OperationState, script: InitScript): Promise<Operated | undefined> {
  const { sys, paths } = context;
  const { name, path } = script;
  const { action, number, by } = operation;
  const watch = watchEnded(sys, paths, context.signal);
  const timeoutMs = deadlineOf(context, script, action);
  const claim = operationClaim(operation);
  // Only after a crash of the agent can the boot's own run be on its way in somebody else's turn.
  for (const own of (['start', 'stop'] as const).map((each) => claimName(name, each))) {
    if (await isRunning(sys, paths, own)) await watch.until(own, sys.uptimeMs() + timeoutMs);
  }
  if ((await sys.facts(`${paths.scripts}/${claim}`)) === undefined) {
    await callHook(context, context.beforeScript, script);
    await sys.appendLine(`${paths.output}/${handLog(name)}`, handHeading(operation, sys.wallClock())).catch(() => undefined);
  }
  const busy = busyStatus[action];
  const startedMs = sys.uptimeMs();
  if (busy !== undefined) await context.change((state) => withRow(state, name, { status: busy, startedMs, by }));
  const ready = action === 'start' || action === 'restart' ? script.header.ready : undefined;
  const job = { name, path, action, claim, log: handLog(name), timeoutMs, env: handEnvironment(), interactive: false, ready };
  const end = await runScript({ ...context, watch }, job, () =>
    emit(sys, {
      subject: 'script',
      name,
      what: 'asked',
      quiet: true,
      detail: `${action} by ${by}`,
      data: { action, by, number, timeoutMs },
    }),
  );
  const outcome = planOutcome(end, action, timeoutMs);
  if (outcome === undefined) return undefined;
  await callHook(context, context.afterScript, script);
  await settle(context, operation, outcome);
  await dropClaim(sys, paths, claim).catch(() => undefined);
  return outcome;
}

function deadlineOf({ startTimeoutMs, stopTimeoutMs }: OperateContext, { name, header }: InitScript, action: HandAction): number {
  const startMs = header.timeoutStartMs ?? Math.max(patienceMs(name), startTimeoutMs);
  const stopMs = header.timeoutStopMs ?? stopTimeoutMs;
  if (action === 'stop') return stopMs;
  return action === 'restart' ? stopMs + startMs : startMs;
}

/** On record first; a script that was not run keeps its row. Who asks again after a crash gets this answer, and no second run. */
async function settle(context: OperateContext, operation: OperationState, outcome: Operated, ran = true): Promise<void> {
  const { sys, paths } = context;
  const { script: name, action, by, number } = operation;
  await context.change((state) => {
    const row = rowAfter(operation, outcome);
    const settled = row === undefined || !ran ? state : withRow(state, name, row);
    return withOperation(settled, { ...operation, outcome });
  });
  const well = ['started', 'stopped', 'restarted', 'reloaded'].includes(outcome.status);
  const output = well || !ran ? [] : linesOfLastRun(await lastLines(sys, paths, handLog(name), EVIDENCE_LINES));
  const { exitCode } = outcome;
  await emit(sys, {
    subject: 'script',
    name,
    what: outcome.status,
    detail: well ? `by ${by}` : `${action} by ${by}: ${outcome.detail ?? ''}`,
    data: {
      action,
      by,
      number,
      exitCode,
      durationMs: Math.round(outcome.endedMs - outcome.startedMs),
      ...(output.length > 0 && { output }),
    },
  });
  if (outcome.status !== 'skipped') for (const line of output) sys.console(`${name}: ${line}`);
}

function lost({ sys }: OperateContext, detail: string): Operated {
  const nowMs = sys.uptimeMs();
  return { status: 'failed', exitCode: 1, detail, startedMs: nowMs, endedMs: nowMs };
}
