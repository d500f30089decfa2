/** One recorded boot of the image with the cases: its trace, and which cases did not end well in it. */
import { writeFile } from 'node:fs/promises';
import { overlayDisk } from '../../disk.ts';
import { type Machine, startMachine } from '../../machine.ts';
import type { Race } from '../../races/cases/race-case.ts';
import type { Target } from '../../target.ts';

export interface RecordedBoot {
  /** From QEMU's start. */
  readonly verdictMs: number;
  /** Names of the races that showed. */
  readonly shown: readonly string[];
}

export interface RecordOptions {
  readonly target: Target;
  readonly races: readonly Race[];
  /** More words for the kernel: the order in which the scripts of a tier start. */
  readonly words: readonly string[];
  /** Gets the trace, as the guest wrote it. */
  readonly file: string;
  readonly signal: AbortSignal;
}

const BOOT_MS = 400_000;
/** The trace is compressed and written with what the machine has left. */
const WRITTEN_MS = 200_000;
const LOOK_MS = 120_000;

/** Throws when nothing was recorded, and when the trace is void. */
export async function recordBoot({ target, races, words, file, signal }: RecordOptions): Promise<RecordedBoot> {
  const { image, root, boot, keyFile } = target;
  await using disk = await overlayDisk(image, root);
  await using machine = await startMachine({ disk, boot, keyFile, signal, cmdline: ['lifeboot.races=record', ...words] });
  await machine.console.waitEvent({ subject: 'verdict' }, { deadlineMs: BOOT_MS });
  const verdictMs = machine.elapsedMs();
  const since = machine.console.events.findIndex(({ subject, what }) => subject === 'races' && what === 'started') + 1;
  const told = await machine.console.waitEvent({ subject: 'races' }, { deadlineMs: WRITTEN_MS, since });
  if (told.what !== 'written') throw new Error(`the boot was not recorded: ${told.what} ${told.detail}`);
  const shown = await casesShown(machine, races);
  const written = told.detail.slice(0, told.detail.indexOf(':'));
  await writeFile(file, Buffer.from(await machine.sh(`base64 ${written}`, { deadlineMs: LOOK_MS }), 'base64'));
  return { verdictMs, shown };
}

/** The test of each case, in the machine itself. */
async function casesShown(machine: Machine, races: readonly Race[]): Promise<readonly string[]> {
  const tests = races.map(({ name, well }) => `( ${well} ) </dev/null >/dev/null 2>&1 || echo ${name}`);
  const text = await machine.sh(['PATH=/sbin:/usr/sbin:/bin:/usr/bin', ...tests, ':'].join('\n'), { deadlineMs: LOOK_MS });
  return text.split('\n').filter((line) => line !== '');
}
