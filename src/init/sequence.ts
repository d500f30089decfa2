/** Runs a table of phases in order. The only place where a phase's error is caught. */
import type { BootState } from '../sys/boot-state.ts';
import { emit } from '../sys/events.ts';
import type { Held, PhaseResult } from '../sys/phase-result.ts';
import { held } from '../sys/phase-result.ts';
import type { BootContext } from './boot-context.ts';
import { holdBoot } from './hold.ts';
import type { Phase } from './phase.ts';
import { statusOf, withPhase } from './state-store.ts';

/** How long a phase that was told to stop may take to do so. */
const SETTLE_MS = 15_000;

/** Runs each phase that an earlier agent of this boot has not finished. Stops early only when the machine is to end. */
export async function runPhases(phases: readonly Phase[], context: BootContext): Promise<void> {
  for (const phase of phases) {
    if (isFinished(phase, context) || phase.when?.(context) === false) continue;
    if (context.operator.ending() !== undefined) return;
    await runPhase(phase, context);
  }
}

/** Runs the way down: nothing holds it and no phase is left out, since a machine that is to end must end. */
export async function runDownPhases(phases: readonly Phase[], context: BootContext): Promise<void> {
  for (const phase of phases) {
    if (isFinished(phase, context) || phase.when?.(context) === false) continue;
    const result = await attempt(phase, { ...context, signal: AbortSignal.timeout(phase.timeoutMs) });
    await finish(phase, context, result.kind === 'done' ? 'done' : 'failed', result.kind === 'done' ? result.detail : result.reason);
  }
}

function isFinished(phase: Phase, context: BootContext): boolean {
  const status = statusOf(context.store.current(), phase.name);
  return status === 'done' || status === 'skipped' || status === 'failed';
}

async function runPhase(phase: Phase, context: BootContext): Promise<void> {
  const { store, operator } = context;
  // A phase that was held before it ever ran has no start: an earlier agent held it because it was asked to.
  const before = store.current().phases.find(({ name }) => name === phase.name);
  let asked = context.cmdline.holdBefore === phase.name && before?.startedMs === undefined;
  for (let retry = false; ; ) {
    const signal = AbortSignal.any([AbortSignal.timeout(phase.timeoutMs), operator.endingSignal]);
    const result = asked ? held('lifeboot.hold asked for a stop before this phase') : await attempt(phase, { ...context, retry, signal });
    if (operator.ending() !== undefined) return;
    if (result.kind === 'done') return finish(phase, context, 'done', result.detail);
    if (phase.onFailure === 'continue') return finish(phase, context, 'failed', result.reason);

    await store.update((state) => withPhase(state, phase.name, 'held', { detail: result.reason }));
    const choice = await holdBoot(context, phase, result);
    if (choice === undefined) return;
    if (choice === 'continue' && phase.verify !== undefined) return finish(phase, context, 'done', 'by the operator');
    if (choice === 'skip') await store.update((state) => withOverride(state, `${phase.name} skipped by the operator: ${result.reason}`));
    if (choice === 'skip' && phase.pass === undefined) return finish(phase, context, 'skipped', 'by the operator');
    if (choice !== 'retry' && phase.pass !== undefined) await store.update(phase.pass);
    retry = choice === 'retry' && !asked;
    asked = false;
  }
}

const withOverride = (state: BootState, override: string): BootState => ({ ...state, overrides: [...state.overrides, override] });

/** One try of a phase within its deadline. Whatever it throws becomes a reason to hold. */
async function attempt(phase: Phase, context: BootContext): Promise<PhaseResult> {
  const { sys, store, signal } = context;
  const startedMs = sys.uptimeMs();
  await store.update((state) => withPhase(state, phase.name, 'running', { startedMs }));
  await emit(sys, { subject: 'phase', name: phase.name, what: 'started' });
  const running = phase.run(context).catch((error: unknown) => failure(phase, error));
  const overdue = aborted(signal)
    .then(() => sys.sleep(SETTLE_MS))
    .then(() => held(`${phase.name} did not stop when told to`));
  const result = await Promise.race([running, overdue]);
  const late = signal.aborted && signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
  return late && result.kind === 'held' ? { ...result, reason: `not done within ${phase.timeoutMs / 1000} s: ${result.reason}` } : result;
}

function failure(phase: Phase, error: unknown): Held {
  const message = error instanceof Error ? error.message : String(error);
  const trace = error instanceof Error && error.stack !== undefined ? error.stack.split('\n').slice(0, 6) : [];
  return held(`${phase.name}: ${message}`, trace);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function finish(phase: Phase, context: BootContext, what: 'done' | 'failed' | 'skipped', detail: string | undefined): Promise<void> {
  const endedMs = context.sys.uptimeMs();
  await context.store.update((state) => withPhase(state, phase.name, what, detail === undefined ? { endedMs } : { endedMs, detail }));
  await emit(context.sys, { subject: 'phase', name: phase.name, what, ...(detail === undefined ? {} : { detail }) });
}
