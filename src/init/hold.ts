/** A held boot: says again and again what failed, what proves it and what can be done, until the operator decides. */
import type { BootState, Hold } from '../sys/boot-state.ts';
import { readRescueState } from '../sys/boot-state.ts';
import { emit } from '../sys/events.ts';
import type { Held } from '../sys/phase-result.ts';
import type { BootContext } from './boot-context.ts';
import type { Choice } from './operator.ts';
import type { Phase } from './phase.ts';

/** What the console, the login banner and `lifeboot status` all show of a hold. */
export function planHold(phase: Phase, result: Held, sinceMs: number): Hold {
  return {
    phase: phase.name,
    reason: result.reason,
    evidence: result.evidence,
    sinceMs,
    choices: [
      ...result.advice,
      { command: 'lifeboot retry', does: `run ${phase.name} again` },
      { command: 'lifeboot continue', does: 'go on, if you have done its work by hand (this is checked)' },
      { command: 'lifeboot skip', does: `go on all the same: ${phase.ifSkipped}` },
      { command: 'lifeboot reboot', does: 'give up this boot' },
      { command: 'lifeboot poweroff', does: 'switch the machine off' },
    ],
  };
}

/** The lines of a hold, as the console repeats them. */
export function formatHold(hold: Hold, sshCommands: readonly string[]): string[] {
  const width = Math.max(...hold.choices.map(({ command }) => command.length));
  return [
    `=== lifeboot: the boot is HELD at ${hold.phase}: ${hold.reason}`,
    ...hold.evidence.map((line) => `    | ${line}`),
    ...(sshCommands.length > 0 ? sshCommands : ['(no network: see lifeboot status)']).map((command) => `    log in:  ${command}`),
    '    then:',
    ...hold.choices.map(({ command, does }) => `      ${command.padEnd(width)}  ${does}`),
  ];
}

/** Holds until the operator chooses. Resolves undefined when the machine is to end instead. */
export async function holdBoot(context: BootContext, phase: Phase, result: Held): Promise<Choice | undefined> {
  const { sys, store, operator } = context;
  const hold = planHold(phase, result, sys.uptimeMs());
  await store.update((state) => ({ ...state, hold }));
  await emit(sys, { subject: 'hold', name: phase.name, what: 'held', detail: result.reason, data: { evidence: result.evidence } });
  for (;;) {
    const choice = await repeatUntilChosen(context, hold);
    const why = choice === 'continue' ? await phase.verify?.({ ...context, signal: operator.endingSignal }).catch(String) : undefined;
    const ending = operator.ending();
    if (why !== undefined && ending === undefined) {
      sys.console(`lifeboot: cannot continue: ${why}`);
      await store.update((state) => withEvidence(state, `continue refused: ${why}`));
      continue;
    }
    await store.update(({ hold: _, ...state }) => state);
    await emit(sys, { subject: 'hold', name: phase.name, what: 'resumed', detail: ending?.kind ?? choice ?? '' });
    return ending === undefined ? choice : undefined;
  }
}

/** Shows the hold on the console every `hold_repeat_seconds`, for whoever comes to look. */
async function repeatUntilChosen({ sys, operator, config }: BootContext, hold: Hold): Promise<Choice | undefined> {
  const answered = new AbortController();
  const choice = operator.nextChoice().finally(() => answered.abort());
  while (!answered.signal.aborted) {
    const rescue = await readRescueState(sys);
    for (const line of formatHold(hold, rescue?.sshCommands ?? [])) sys.console(line);
    await sys.sleep(config.boot.hold_repeat_seconds * 1000, answered.signal);
  }
  return choice;
}

function withEvidence(state: BootState, line: string): BootState {
  return state.hold === undefined ? state : { ...state, hold: { ...state.hold, evidence: [...state.hold.evidence, line] } };
}
