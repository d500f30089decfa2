/** Measures one boot: waits for an idle host, starts the machine, and notes when it passes each mark. */
import { setTimeout } from 'node:timers/promises';
import type { ConsoleLine } from '../console-log.ts';
import { ssh, withDeadline } from '../ssh-client.ts';
import { waitIdle } from './host-load.ts';
import { type MemoryHeld, memoryScript, parseMemoryHeld } from './memory-held.ts';
import type { BenchSystem } from './systems.ts';
import { prepareBoot, type TimedMachine } from './timed-machine.ts';
import { watchDoor } from './watch-doors.ts';

/** A mark on the host's clock, since QEMU started. */
export interface TimedMark {
  readonly seconds: number;
  /** Cores that other work kept busy up to then, on average. */
  readonly foreignCores: number;
}

/** `rescue` and `server`: ssh banners. `finished`: the init system has started everything. `up`: all services are there. */
export type MarkName = 'rescue' | 'server' | 'finished' | 'up';

export interface BootSample {
  readonly system: BenchSystem['name'];
  readonly kernelVersion: string;
  /** Cores that were busy when the wait for an idle host ended. */
  readonly busyBefore: number;
  readonly marks: Readonly<Partial<Record<MarkName, TimedMark>>>;
  readonly memory?: MemoryHeld;
  readonly verdict?: string;
}

export interface MeasureOptions {
  readonly image: string;
  readonly keyFile: string;
  /** Stop at the rescue banner, at `up`, or after the memory was read. */
  readonly until: 'door' | 'up' | 'memory';
  readonly tell: (stage: string) => void;
  readonly signal: AbortSignal;
}

const DOOR_MS = 180_000;
const UP_MS = 400_000;
const VERDICT_MS = 120_000;
/** Once all is up, sshd answers at any moment; its banner is worth this wait and no more. */
const LATE_BANNER_MS = 3000;
const SETTLE_MS = 10_000;
const LOGIN_MS = 60_000;

/** Throws when the system does not get where it should; a boot with other load on the host is not a failure, but says so. */
export async function measureBoot(system: BenchSystem, options: MeasureOptions): Promise<BootSample> {
  const { image, until, tell, signal } = options;
  tell('preparing');
  await using prepared = await prepareBoot(system, image, signal);
  tell('waiting for an idle host');
  const busyBefore = await waitIdle((cores) => tell(`waiting for an idle host (${cores.toFixed(1)} cores busy)`), signal);
  await using machine = await prepared.start();
  const marks: Partial<Record<MarkName, TimedMark>> = {};
  const doors = passDoors(system, machine, until, marks);
  doors.catch(() => {});
  tell('booting');
  if (until === 'door') await withDeadline(Promise.race([doors, ended(machine)]), DOOR_MS, 'the ssh banner');
  else await passUp(machine, marks, tell);
  if (until !== 'door') await Promise.race([doors.catch(() => {}), setTimeout(LATE_BANNER_MS, undefined, { ref: false })]);
  const base = { system: system.name, kernelVersion: prepared.kernelVersion, busyBefore, marks };
  return until === 'memory' ? { ...base, ...(await readMemory(machine, system, options)) } : base;
}

/** All doors in their order, or only the rescue one. */
async function passDoors(
  system: BenchSystem,
  machine: TimedMachine,
  until: MeasureOptions['until'],
  marks: Partial<Record<MarkName, TimedMark>>,
): Promise<void> {
  for (const door of system.doors.filter(({ name }) => until !== 'door' || name === 'rescue')) {
    const { networkUp, notBefore, holdMs, name } = door;
    if (notBefore !== undefined) await machine.console.expect(notBefore, { deadlineMs: UP_MS });
    const networkIsUp = () => networkUp !== undefined && machine.console.lines.some(({ text }) => networkUp.test(text));
    await watchDoor({ port: machine.ports.get(door) ?? 0, holdMs, networkIsUp, signal: machine.gone });
    marks[name] = await markAt(machine, machine.elapsedMs());
  }
}

async function passUp(machine: TimedMachine, marks: Partial<Record<MarkName, TimedMark>>, tell: (stage: string) => void): Promise<void> {
  const finished = await machine.console.expect(/BENCH finished /, { deadlineMs: UP_MS });
  marks.finished = await markAt(machine, finished.atMs);
  tell('init has finished, waiting for the services');
  const up = await machine.console.expect(/BENCH up /, { deadlineMs: UP_MS });
  marks.up = await markAt(machine, up.atMs);
  const missing = missingServices(up);
  if (missing !== 'none') throw new Error(`services that did not come up: ${missing}`);
}

const missingServices = ({ text }: ConsoleLine): string => /missing=(\S+)/.exec(text)?.[1] ?? 'unknown';

const markAt = async (machine: TimedMachine, atMs: number): Promise<TimedMark> => ({
  seconds: atMs / 1000,
  foreignCores: await machine.load.foreignCores(),
});

/** Rejects with what the console said last when QEMU ends. */
function ended(machine: TimedMachine): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new Error(`${machine.console.closed}. Last console lines:\n${machine.console.lastLines()}`));
    if (machine.gone.aborted) fail();
    else machine.gone.addEventListener('abort', fail);
  });
}

async function readMemory(machine: TimedMachine, system: BenchSystem, { keyFile, tell, signal }: MeasureOptions) {
  tell('waiting for the verdict');
  const verdict = await machine.console.waitEvent({ subject: 'verdict' }, { deadlineMs: VERDICT_MS });
  tell('letting it settle, then reading its memory');
  await setTimeout(SETTLE_MS, undefined, { signal });
  const door = system.doors.find(({ name }) => name === 'rescue');
  const port = door === undefined ? undefined : machine.ports.get(door);
  if (port === undefined) throw new Error(`${system.title} has no rescue door`);
  const result = await ssh({ port, keyFile }, ['sh', '-c', memoryScript], { deadlineMs: LOGIN_MS });
  if (result.code !== 0) throw new Error(`reading the memory: exit ${result.code}\n${result.stderr}`);
  const detail = verdict.detail === '' ? '' : ` (${verdict.detail})`;
  return { memory: parseMemoryHeld(result.stdout), verdict: `${verdict.what}${detail}` };
}
