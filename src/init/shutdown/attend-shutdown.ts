/** Waits for the time of a planned shutdown, warns everybody until then, and begins it. An agent killed meanwhile goes on. */
import type { PlannedShutdown } from '../../sys/boot-state.ts';
import { emit } from '../../sys/events.ts';
import type { BootContext } from '../boot-context.ts';
import type { Answers } from '../control.ts';
import { allowLogins, forbidLogins } from './nologin.ts';
import { NOLOGIN_MS, parseWhen, untilNextStep, warningText } from './plan-shutdown.ts';
import { tellEverybody } from './wall.ts';

type Kind = PlannedShutdown['kind'];
const kinds: readonly Kind[] = ['reboot', 'poweroff', 'halt'];
const MESSAGE_CHARACTERS = 1000;

export interface Shutdowns extends AsyncDisposable {
  /** `shutdown` with `kind`, `when`, `by`, `message`; `shutdown-cancel` with `by`, `message`. */
  readonly answers: Answers;
}

/** Goes on with what an earlier agent was asked for, until disposed. */
export function attendShutdown(context: BootContext): Shutdowns {
  const { sys, store, operator } = context;
  const disposed = new AbortController();
  let changed = new AbortController();
  const planned = () => store.current().shutdown;

  /** Tells who is logged in how long it still is; in the last five minutes nobody else gets in. */
  const warn = async (plan: PlannedShutdown): Promise<void> => {
    const leftMs = plan.atMs - sys.uptimeMs();
    const text = warningText(plan, leftMs);
    if (leftMs <= NOLOGIN_MS) await forbidLogins(sys, text);
    await tellEverybody(sys, text);
  };

  const keep = async (): Promise<void> => {
    while (!disposed.signal.aborted && operator.ending() === undefined) {
      if (changed.signal.aborted) changed = new AbortController();
      const plan = planned();
      const leftMs = plan === undefined ? Number.POSITIVE_INFINITY : plan.atMs - sys.uptimeMs();
      if (plan !== undefined && leftMs <= 0) return operator.requestEnding({ kind: plan.kind, by: plan.by });
      const signal = AbortSignal.any([disposed.signal, operator.endingSignal, changed.signal]);
      // An aborted sleep is a look at what has changed, whether it resolves or rejects.
      await sys.sleep(plan === undefined ? NOLOGIN_MS : untilNextStep(leftMs), signal).catch(() => undefined);
      if (!signal.aborted && plan !== undefined && plan.atMs > sys.uptimeMs()) await warn(plan);
    }
  };

  const change = async (shutdown: PlannedShutdown | undefined): Promise<void> => {
    await store.update(({ shutdown: _, ...state }) => (shutdown === undefined ? state : { ...state, shutdown }));
    changed.abort();
  };

  const plan: Answers[string] = async (request) => {
    const kind = kinds.find((known) => known === request['kind']);
    const delayMs = parseWhen(String(request['when']), sys.wallClock());
    if (kind === undefined) return { error: `no ending ${JSON.stringify(request['kind'])}: ${kinds.join(', ')}` };
    if (delayMs === undefined) return { error: `no time ${JSON.stringify(request['when'])}: now, +MINUTES or HH:MM` };
    const by = typeof request['by'] === 'string' ? request['by'] : 'the control socket';
    const said = typeof request['message'] === 'string' ? request['message'].slice(0, MESSAGE_CHARACTERS) : '';
    if (planned() !== undefined) return { error: 'one is planned already: see lifeboot status; lifeboot shutdown -c calls it off' };
    if (operator.ending() !== undefined) return { error: 'the machine is on its way down' };
    const shutdown = { kind, by, atMs: Math.round(sys.uptimeMs() + delayMs), ...(said === '' ? {} : { message: said }) };
    await change(shutdown);
    const minutes = Math.ceil(delayMs / 60_000);
    await emit(sys, { subject: 'boot', name: kind, what: 'planned', detail: `in ${minutes} min, by ${by}`, data: { ...shutdown } });
    if (delayMs > 0) void warn(shutdown);
    return { ok: `${kind} in ${minutes} min; lifeboot shutdown -c calls it off` };
  };

  const cancel: Answers[string] = async (request) => {
    const shutdown = planned();
    if (shutdown === undefined) return { error: 'no shutdown is planned here; one of /sbin/shutdown is called off by shutdown -c' };
    const by = typeof request['by'] === 'string' ? request['by'] : 'the control socket';
    await change(undefined);
    await allowLogins(sys);
    await emit(sys, { subject: 'boot', name: shutdown.kind, what: 'cancelled', detail: `by ${by}` });
    const said =
      typeof request['message'] === 'string' && request['message'] !== '' ? `${request['message'].slice(0, MESSAGE_CHARACTERS)}\n` : '';
    void tellEverybody(sys, `${said}The ${shutdown.kind} of the machine is called off, by ${by}.`);
    return { ok: `the ${shutdown.kind} is called off` };
  };

  const keeping = keep().catch((error: Error) => sys.console(`lifeboot: planned shutdown: ${error.message}`));
  return {
    answers: { shutdown: plan, 'shutdown-cancel': cancel },
    async [Symbol.asyncDispose]() {
      disposed.abort();
      await keeping;
    },
  };
}
