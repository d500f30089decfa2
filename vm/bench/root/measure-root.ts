/** One boot up to a root that is read-write, by the kernel's own clock: the same for every system, and nothing is added to any of them. */
import type { BootFiles } from '../../boot-files.ts';
import type { ConsoleLine } from '../../console-log.ts';
import { type Disk, overlayDisk } from '../../disk.ts';
import { type Machine, startMachine } from '../../machine.ts';
import type { RootLocation } from '../../root-location.ts';
import { expectVerdict } from '../../scenarios/steps.ts';
import { startLoadMeter } from '../host-load.ts';
import { type MemoryHeld, memoryScript, parseMemoryHeld } from '../memory-held.ts';
import type { RootState, Way } from './ways.ts';

export interface RootSample {
  readonly title: string;
  readonly state: RootState;
  /** From the first program of userspace to the mount that made the root writable. */
  readonly fromPid1: number;
  /** From the kernel's first moment: unpacking the initrd is in it. */
  readonly fromKernel: number;
  /** Cores that other work of the host kept busy meanwhile. */
  readonly foreignCores: number;
}

export interface MeasureRoot {
  readonly image: string;
  readonly root: RootLocation;
  readonly boot: BootFiles;
  readonly keyFile: string;
  readonly signal: AbortSignal;
}

const DEADLINE_MS = 180_000;
const LOGIN_MS = 60_000;

/** Throws with the last console lines when the root does not become writable. */
export async function measureRoot(way: Way, state: RootState, options: MeasureRoot): Promise<RootSample> {
  await using disk = await overlayDisk(options.image, options.root);
  const load = await startLoadMeter();
  await using machine = await start(way, disk, options);
  if (machine.pid !== undefined) load.follow(machine.pid);
  const isThere = () => writableSeconds(machine.console.lines, way.isOurs) !== undefined;
  await machine.console.expect(isThere, { deadlineMs: DEADLINE_MS });
  const foreignCores = await load.foreignCores();
  const { lines } = machine.console;
  const [pid1, writable] = [pid1Seconds(lines), writableSeconds(lines, way.isOurs)];
  if (pid1 === undefined || writable === undefined) throw new Error(`${way.title}: the kernel did not say when it ran /init`);
  return { title: way.title, state, fromPid1: writable - pid1, fromKernel: writable, foreignCores };
}

/** What one of ours holds in memory once it is up; the peers' initramfs is emptied by switch_root. */
export async function measureRootMemory(way: Way, options: MeasureRoot): Promise<MemoryHeld> {
  await using disk = await overlayDisk(options.image, options.root);
  await using machine = await start(way, disk, options);
  await expectVerdict(machine, 'good');
  return parseMemoryHeld(await machine.sh(memoryScript, { deadlineMs: LOGIN_MS }));
}

const start = (way: Way, disk: Disk, { boot, keyFile, signal }: MeasureRoot): Promise<Machine> =>
  startMachine({ disk, boot, keyFile, signal, ...(way.isOurs ? {} : { init: '/sbin/init' }) });

/** printk's clock, in seconds, of the line that starts userspace. Pure. */
export function pid1Seconds(lines: readonly ConsoleLine[]): number | undefined {
  return lines.map(({ text }) => secondsOf(text, /Run \S+ as init process/)).find((seconds) => seconds !== undefined);
}

/**
 * printk's clock when the root became writable. A peer mounts it read-only (dracut remounts it so, too), and sysvinit remounts it: the
 * first remount after its first word. Ours is the last mount or remount before lifeboot says that it is mounted, so what fstab adds
 * counts against us. Pure.
 */
export function writableSeconds(lines: readonly ConsoleLine[], isOurs: boolean): number | undefined {
  if (!isOurs) {
    const init = lines.findIndex(({ text }) => /INIT: version \S+ booting/.test(text));
    const later = init < 0 ? [] : lines.slice(init);
    return later.map(({ text }) => secondsOf(text, /EXT4-fs \(\w+\): re-mounted/)).find((seconds) => seconds !== undefined);
  }
  const told = lines.findIndex(({ text }) => /phase mount-root: done/.test(text));
  if (told < 0) return undefined;
  return lines
    .slice(0, told)
    .flatMap(({ text }) => secondsOf(text, /EXT4-fs \(\w+\): (?:re-)?mounted/) ?? [])
    .at(-1);
}

function secondsOf(text: string, what: RegExp): number | undefined {
  const [, stamp] = /^\[ *(\d+\.\d+)\] /.exec(text) ?? [];
  return stamp !== undefined && what.test(text) ? Number(stamp) : undefined;
}
