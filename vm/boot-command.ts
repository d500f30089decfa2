/** `npm run vm -- boot`: boots one machine before the eyes of a person, and says what came of it. */
import { writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { BootState } from '../src/sys/boot-state.ts';
import type { ConsoleEvent } from './console-log.ts';
import { overlayDisk } from './disk.ts';
import { createLiveView, type LiveView } from './live-view.ts';
import { type Machine, startMachine } from './machine.ts';
import type { Target } from './target.ts';
import { formatMarks, marksOf } from './timings.ts';

export interface BootCommandOptions {
  readonly target: Target;
  /** Leave the machine running until interrupted. */
  readonly keep: boolean;
  readonly json?: string;
  /** File that gets the serial console, line by line with times. */
  readonly consoleLog?: string;
  readonly output: NodeJS.WriteStream;
  readonly signal: AbortSignal;
}

const BOOT_MS = 600_000;
const STATUS_MS = 60_000;
/** A door that is not open by the verdict will not be waited for. */
const LATE_DOOR_MS = 5000;

/** Resolves to the exit code: 0 for a good verdict, 1 for a bad one and for a boot that is held. */
export async function bootCommand(options: BootCommandOptions): Promise<number> {
  const { target, keep, json, consoleLog, output, signal } = options;
  const view = createLiveView({ output, scripts: target.scripts });
  const log = consoleLog === undefined ? {} : { consoleLog };
  try {
    await using disk = await overlayDisk(target.image, target.root);
    await using machine = await startMachine({ disk, boot: target.boot, keyFile: target.keyFile, onLine: view.onLine, signal, ...log });
    view.say(`QEMU runs with ${machine.accelerator.name}${machine.accelerator.why === '' ? '' : ` (no KVM: ${machine.accelerator.why})`}`);
    const door = watchDoor(machine, target, view);
    const outcome = await waitOutcome(machine, keep);
    const doorMs = await Promise.race([door, setTimeout(LATE_DOOR_MS, undefined, { ref: false })]);
    const state = await readState(machine, target);
    view.close();
    output.write(`\n${formatMarks(marksOf(machine.console.events, doorMs))}\n\n${summarize(state, outcome)}\n`);
    if (json !== undefined) await writeReport(json, { target, machine, doorMs, state });
    if (keep) await keepRunning(machine, target, output, signal);
    return outcome.subject === 'verdict' && outcome.what === 'good' ? 0 : 1;
  } finally {
    view.close();
  }
}

/** The ssh command line, the moment somebody answers. Without a network nobody ever does: no error. */
async function watchDoor(machine: Machine, target: Target, view: LiveView): Promise<number | undefined> {
  const doorMs = await machine.waitDoor('rescue', BOOT_MS).catch(() => undefined);
  if (doorMs !== undefined) view.say(`the door is open after ${(doorMs / 1000).toFixed(1)} s:  ${loginCommand(machine, target)}`);
  return doorMs;
}

/** A command line to copy: works until the machine is gone. */
export function loginCommand(machine: Machine, target: Target): string {
  const known = '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null';
  return `ssh ${target.canLogIn ? `-i ${target.keyFile} ` : ''}${known} -p ${machine.ports.rescue} root@127.0.0.1`;
}

/** The verdict, or a hold when nobody will come to resolve it. */
function waitOutcome(machine: Machine, keep: boolean): Promise<ConsoleEvent> {
  const verdict = machine.console.waitEvent({ subject: 'verdict' }, { deadlineMs: BOOT_MS });
  if (keep) return verdict;
  verdict.catch(() => {});
  const held = machine.console.waitEvent({ subject: 'hold', what: 'held' }, { deadlineMs: BOOT_MS });
  held.catch(() => {});
  return Promise.race([verdict, held]);
}

/** What the machine says of itself; an image with keys we do not have keeps it to itself. */
async function readState(machine: Machine, target: Target): Promise<BootState | undefined> {
  if (!target.canLogIn) return undefined;
  const text = await machine.sh('cat /run/lifeboot/state.json', { deadlineMs: STATUS_MS }).catch(() => '');
  return text === '' ? undefined : (JSON.parse(text) as BootState);
}

function summarize(state: BootState | undefined, outcome: ConsoleEvent): string {
  const lines = [outcome.subject === 'hold' ? `HELD at ${outcome.name}: ${outcome.detail}` : `verdict: ${outcome.what} ${outcome.detail}`];
  if (state !== undefined) {
    const scripts = state.tiers.flatMap((tier) => tier.scripts);
    const count = (status: string) => scripts.filter((script) => script.status === status).length;
    const healthy = state.health.filter((check) => check.healthy).length;
    lines.push(
      `scripts: ${count('started')} started, ${count('built-in')} built in, ${count('failed') + count('timed-out')} failed, ${count('skipped')} skipped`,
    );
    lines.push(`services: ${healthy} of ${state.health.length} health checks pass`);
    lines.push(...state.problems.map((problem) => `problem: ${problem}`));
  }
  return lines.join('\n');
}

interface Report {
  readonly target: Target;
  readonly machine: Machine;
  readonly doorMs: number | undefined;
  readonly state: BootState | undefined;
}

async function writeReport(file: string, { target, machine, doorMs, state }: Report): Promise<void> {
  const { events } = machine.console;
  const report = { image: target.image, accelerator: machine.accelerator.name, marks: marksOf(events, doorMs), events, state };
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** Until Ctrl-C or until the guest ends by itself. */
async function keepRunning(machine: Machine, target: Target, output: NodeJS.WriteStream, signal: AbortSignal): Promise<void> {
  const server = loginCommand(machine, target).replace(`-p ${machine.ports.rescue}`, `-p ${machine.ports.server}`);
  output.write(`\nThe machine keeps running until Ctrl-C. Log in:\n  rescue  ${loginCommand(machine, target)}\n  server  ${server}\n`);
  const week = 7 * 24 * 3_600_000;
  await machine.ended(week).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
