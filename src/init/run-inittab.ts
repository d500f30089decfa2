/** Entries of the image's inittab that something sets off: ctrl-alt-del, and what a power supply has to say. */
import { emit } from '../sys/events.ts';
import { SCRIPT_PATH } from '../sys/paths.ts';
import { type Ran, type Sys, SysError } from '../sys/sys.ts';
import type { BootContext } from './boot-context.ts';
import type { Answers } from './control.ts';
import type { InitRequest } from './init-request.ts';
import { type Inittab, type InittabEntry, planInittabProcess, readInittab } from './inittab.ts';
import { levelOf } from './runlevel/level-state.ts';

const RUN_MS = 300_000;
const EVIDENCE_CHARACTERS = 200;

export type Power = Extract<InitRequest, { kind: 'power' }>['power'];

/** inittab(5): those that init waits for come first. */
const powerActions: Readonly<Record<Power, readonly string[]>> = {
  failing: ['powerwait', 'powerfail'],
  'failing-now': ['powerfailnow'],
  ok: ['powerokwait'],
};

/** What the three keys do: the image's own entry, nothing when its inittab has none for this level, else a reboot. Pure. */
export function planCtrlAltDel(inittab: Inittab | undefined, level: string | undefined): 'reboot' | 'nothing' | InittabEntry {
  if (inittab === undefined || level === undefined) return 'reboot';
  return inittab.entries.find(({ action, runlevels }) => action === 'ctrlaltdel' && runlevels.includes(level)) ?? 'nothing';
}

/** The entries for a message of the power supply, in the order in which they are run. Pure. */
export const planPower = (inittab: Inittab | undefined, power: Power, level: string): readonly InittabEntry[] =>
  powerActions[power].flatMap((wanted) =>
    (inittab?.entries ?? []).filter(({ action, runlevels }) => action === wanted && runlevels.includes(level)),
  );

/** PID 1 asks at ctrl-alt-del. The answer does not wait for the program. */
export const ctrlAltDelAnswers = (context: BootContext): Answers => ({
  'ctrl-alt-del': async () => {
    void pressed(context).catch((error: Error) => context.sys.console(`lifeboot: ctrl-alt-del: ${error.message}`));
    return { ok: 'ctrl-alt-del: taken' };
  },
});

async function pressed(context: BootContext): Promise<void> {
  const { sys, store, operator } = context;
  // Before the first script of the run level the inittab has no say: whoever stands there wants a reboot.
  const { phases, runlevel } = store.current();
  const level = phases.some(({ name }) => name === 'tiers') ? runlevel?.current : undefined;
  const plan = planCtrlAltDel(level === undefined ? undefined : await readInittab(sys).catch(() => undefined), level);
  if (plan === 'nothing') {
    const detail = `/etc/inittab has no ctrlaltdel for run level ${level}: nothing is done`;
    return emit(sys, { subject: 'boot', name: 'ctrl-alt-del', what: 'refused', detail });
  }
  const ran = plan === 'reboot' ? undefined : await runEntry(sys, plan, level ?? '');
  // Without such a program the keys must not be dead.
  if (ran === undefined) return operator.requestEnding({ kind: 'reboot', by: 'ctrl-alt-del' });
  if (ran.code === 0) return;
  const detail = `${ran.argv.join(' ')}: ${describeEnd(ran)}`;
  await emit(sys, { subject: 'boot', name: 'ctrl-alt-del', what: 'refused', detail });
}

/** `/run/initctl` says how the power is: the image's powerwait, powerfail, powerfailnow and powerokwait are run. */
export async function actOnPower(context: BootContext, power: Power): Promise<void> {
  const { sys, store, config } = context;
  const level = levelOf(store.current(), config.scripts.runlevel).current;
  const entries = planPower(await readInittab(sys).catch(() => undefined), power, level);
  const tell = (what: 'reported' | 'refused', detail: string) => emit(sys, { subject: 'boot', name: 'power', what, detail });
  if (entries.length === 0) return tell('refused', `${power}: /etc/inittab has nothing for it; nothing is done`);
  await tell('reported', power);
  for (const entry of entries) {
    const done = runEntry(sys, entry, level).then(async (ran) => {
      if (ran === undefined) await tell('refused', `${power}: ${entry.process} is not there`);
      else if (ran.code !== 0) await tell('refused', `${power}: ${entry.process}: ${describeEnd(ran)}`);
    });
    if (entry.action.endsWith('wait')) await done;
    else void done.catch((error: Error) => sys.console(`lifeboot: power ${power}: ${error.message}`));
  }
}

/** Undefined when there is no such program. */
async function runEntry(sys: Sys, entry: InittabEntry, level: string): Promise<Ran | undefined> {
  const env = { PATH: SCRIPT_PATH, TERM: 'linux', CONSOLE: '/dev/console', RUNLEVEL: level, PREVLEVEL: 'N', INIT_VERSION: 'sysvinit-3.06' };
  try {
    const ran = await sys.run(planInittabProcess(entry.process), { timeoutMs: RUN_MS, env, cwd: '/' });
    // What a shell says of a program that it cannot run.
    return ran.code === 126 || ran.code === 127 ? undefined : ran;
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
}

function describeEnd({ code, signal, timedOut, stdout, stderr }: Ran): string {
  const said = `${stderr}${stdout}`.trim().slice(-EVIDENCE_CHARACTERS);
  const how = timedOut ? `not done within ${RUN_MS / 1000} s` : code === null ? `ended by ${signal}` : `exit ${code}`;
  return said === '' ? how : `${how}: ${said}`;
}
