/** Phase find-root: in initramfs mode nobody has mounted the root, so it is looked for as `root=` says. Nothing is mounted here. */
import { emit } from '../../sys/events.ts';
import { modprobe } from '../../sys/modprobe.ts';
import { readMounts, standsOn, sysrootMount } from '../../sys/mountinfo.ts';
import { paths, SYSROOT } from '../../sys/paths.ts';
import { done, type Held, held, type PhaseResult } from '../../sys/phase-result.ts';
import type { RootFacts } from '../../sys/root-facts.ts';
import type { Sys } from '../../sys/sys.ts';
import { assembleStorage, type Tried } from './assemble-storage.ts';
import { type BlockDevice, describeDevice, type KnownTags, readBlockDevices } from './block-devices.ts';
import { loadStorageDrivers } from './load-storage-drivers.ts';
import { chooseType, matchRoot } from './match-root.ts';
import { describeWish, parseRootOption, ROOT_FORM, type RootWish } from './root-option.ts';

const POLL_MS = 250;
const SHOWN = 40;

export interface FindOptions {
  readonly root: RootFacts;
  /** `root=` of the kernel command line. */
  readonly wanted: string | undefined;
  /** `rootfstype=`; empty: what is on the disk. */
  readonly rootfstype: string;
  /** How long a device that is not there is waited for, and how often somebody who waits longer is told. */
  readonly waitMs: number;
  /** `rootwait`: until the phase itself is out of time. */
  readonly waitsOn: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Finds the root device and leaves it in the facts of stage 1. Done at once where stage 1 knew it. Held, with the list of the
 * block devices that are there, when `root=` cannot be read, names none of them in time, or names several.
 */
export async function findRoot(sys: Sys, options: FindOptions): Promise<PhaseResult> {
  if (options.root.mode === 'root') return done('mounted before us');
  const given = await mountedByHand(sys);
  if (given !== undefined) return done(given);
  const search = { tried: new Set<string>(), known: new Map() as KnownTags, assembled: new Set() as Tried };
  await loadStorageDrivers(sys, search.tried);
  if (options.wanted === undefined) return await heldWithList(sys, 'the kernel command line has no root=', search.known);
  const wish = parseRootOption(options.wanted);
  if ('refused' in wish) return await heldWithList(sys, `root=${options.wanted} ${wish.refused}; accepted: ${ROOT_FORM}`, search.known);

  const found = await waitForRoot(sys, wish, search, options);
  const [device, ...others] = found;
  if (device === undefined) {
    const why = options.signal?.aborted ? '' : ` within ${options.waitMs / 1000} s`;
    return await heldWithList(sys, `no root device: ${describeWish(wish)} did not appear${why}`, search.known);
  }
  if (others.length > 0)
    return held(`${describeWish(wish)} is the name of ${found.length} devices`, found.map(describeDevice), [
      { command: 'wipefs -a DEVICE', does: 'takes the name off the one that is not meant, with all that is on it' },
    ]);
  const fsType = chooseType(device.tags.TYPE, options.rootfstype);
  await keepFacts(sys, device.path, fsType);
  if (fsType !== undefined) await modprobe(sys, ['modprobe', '-b', '-q', fsType]);
  return done(describeDevice(device));
}

/** Undefined when the root device is known, or an operator has mounted it. */
export async function verifyFound(sys: Sys, options: FindOptions): Promise<string | undefined> {
  const result = await findRoot(sys, { ...options, waitMs: 0, waitsOn: false });
  return result.kind === 'done' ? undefined : result.reason;
}

interface Search {
  readonly tried: Set<string>;
  readonly known: KnownTags;
  readonly assembled: Tried;
}

async function waitForRoot(sys: Sys, wish: RootWish, search: Search, options: FindOptions): Promise<readonly BlockDevice[]> {
  const { waitMs, waitsOn, signal } = options;
  const startMs = sys.uptimeMs();
  for (let tellMs = startMs; ; ) {
    const devices = await readBlockDevices(sys, search.known);
    const found = matchRoot(wish, devices);
    const overdue = sys.uptimeMs() >= startMs + waitMs && !waitsOn;
    if (found.length > 0 || overdue || signal?.aborted) return found;
    if (sys.uptimeMs() >= tellMs) {
      const there = devices.length === 0 ? 'no block device is there' : `there are ${devices.map(({ path }) => path).join(' ')}`;
      const limit = waitsOn ? '' : ` up to ${waitMs / 1000} s`;
      await emit(sys, { subject: 'phase', name: 'find-root', what: 'waiting', detail: `for ${describeWish(wish)}${limit}: ${there}` });
      tellMs = sys.uptimeMs() + Math.max(waitMs, POLL_MS);
    }
    await assembleStorage(sys, devices, sys.uptimeMs() - startMs, search.assembled);
    await sys.sleep(POLL_MS, signal);
    await loadStorageDrivers(sys, search.tried);
  }
}

/** What an operator, or an agent before this one, has mounted needs no search. */
async function mountedByHand(sys: Sys): Promise<string | undefined> {
  const mounts = await readMounts(sys);
  if (standsOn(mounts) === 'root') return 'the root is entered already';
  const mounted = sysrootMount(mounts);
  if (mounted === undefined) return undefined;
  await keepFacts(sys, mounted.source, mounted.fsType);
  return `${mounted.source} is mounted at ${SYSROOT}`;
}

/** The later line of a name counts. */
async function keepFacts(sys: Sys, source: string, fsType: string | undefined): Promise<void> {
  const before = ((await sys.readText(paths.stage1)) ?? '')
    .split('\n')
    .filter((line) => line !== '' && !/^root_(source|fstype)=/.test(line));
  const lines = [...before, `root_source=${source}`, ...(fsType === undefined ? [] : [`root_fstype=${fsType}`])];
  await sys.writeAtomic(paths.stage1, `${lines.join('\n')}\n`, 0o644);
}

async function heldWithList(sys: Sys, reason: string, known: KnownTags): Promise<Held> {
  const devices = await readBlockDevices(sys, known);
  const list = devices.slice(0, SHOWN).map(describeDevice);
  const more = devices.length > SHOWN ? [`and ${devices.length - SHOWN} more`] : [];
  return held(reason, list.length === 0 ? ['no block device is there: is its driver among the modules?'] : [...list, ...more], [
    { command: `mount -o ro DEVICE ${SYSROOT}`, does: 'shows which device is the root; then lifeboot continue takes it' },
  ]);
}
