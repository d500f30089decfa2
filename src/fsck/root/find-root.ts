/** Phase find-root: in initramfs mode nobody has mounted the root, so it is looked for as `root=` says. Nothing is mounted here. */
import { emit } from '../../sys/events.ts';
import { modprobe } from '../../sys/modprobe.ts';
import { readMounts, standsOn, sysrootMount } from '../../sys/mountinfo.ts';
import { paths, SYSROOT } from '../../sys/paths.ts';
import { done, type Held, held, type PhaseResult } from '../../sys/phase-result.ts';
import type { Problem } from '../../sys/problem.ts';
import type { RootFacts } from '../../sys/root-facts.ts';
import type { Sys } from '../../sys/sys.ts';
import { assembleStorage, type Tried } from '../storage/assemble-storage.ts';
import { findDegraded } from '../storage/degraded-arrays.ts';
import { explainMissing } from '../storage/explain-missing.ts';
import { type LuksKnowledge, neededLuks } from '../storage/luks-devices.ts';
import { recordForUdev } from '../storage/udev-records.ts';
import { type BlockDevice, describeDevice, type KnownTags, readBlockDevices } from './block-devices.ts';
import { loadStorageDrivers } from './load-storage-drivers.ts';
import { chooseType, matchRoot } from './match-root.ts';
import { describeWish, parseRootOption, ROOT_FORM, type RootWish } from './root-option.ts';

const POLL_MS = 250;
const SHOWN = 40;
/** What lacks members gets two thirds of the time that the root has, as with initramfs-tools, and no more than mdadm's own timer gives. */
const DEGRADED_PART = 2 / 3;
const DEGRADED_MS = 30_000;
/** What other devices are made of: a root may have the same label, and is never on them. */
const containers = ['linux_raid_member', 'LVM2_member', 'crypto_LUKS'];

export interface FindOptions {
  readonly root: RootFacts;
  /** What it may lie on, and `root=` of the kernel command line. */
  readonly known: LuksKnowledge;
  /** `rootfstype=`; empty: what is on the disk. */
  readonly rootfstype: string;
  /** How long a device that is not there is waited for, and how often somebody who waits longer is told. */
  readonly waitMs: number;
  /** `rootwait`: until the phase itself is out of time. */
  readonly waitsOn: boolean;
  /** Told of each array that runs without some of its members. */
  readonly onDegraded?: (problem: Problem) => void;
  readonly signal?: AbortSignal;
}

/**
 * Finds the root device and leaves it in the facts of stage 1. Done at once where stage 1 knew it. Held, with the list of the
 * block devices that are there, when `root=` cannot be read, names none of them in time, or names several; and when it is locked.
 */
export async function findRoot(sys: Sys, options: FindOptions): Promise<PhaseResult> {
  const result = await lookForRoot(sys, options);
  if (result.kind === 'done') {
    await recordForUdev(sys);
    for (const problem of await findDegraded(sys)) options.onDegraded?.(problem);
  }
  return result;
}

async function lookForRoot(sys: Sys, options: FindOptions): Promise<PhaseResult> {
  if (options.root.mode === 'root') return done(await nameMounted(sys, options));
  const given = await mountedByHand(sys);
  if (given !== undefined) return done(given);
  const { root } = options.known;
  const search: Search = { tried: new Set(), known: new Map(), assembled: new Set() };
  await loadStorageDrivers(sys, search.tried);
  if (root === undefined) return await heldWithList(sys, 'the kernel command line has no root=', search.known);
  const wish = parseRootOption(root);
  if ('refused' in wish) return await heldWithList(sys, `root=${root} ${wish.refused}; accepted: ${ROOT_FORM}`, search.known);

  const { found, troubles } = await waitForRoot(sys, wish, search, options);
  const [device, ...others] = found;
  if (device === undefined) return await heldMissing(sys, wish, { search, troubles }, options);
  if (others.length > 0)
    return held(`${describeWish(wish)} is the name of ${found.length} devices`, found.map(describeDevice), [
      { command: 'wipefs -a DEVICE', does: 'takes the name off the one that is not meant, with all that is on it' },
    ]);
  const fsType = chooseType(device.tags.TYPE, options.rootfstype);
  await keepFacts(sys, await commonName(sys, device), fsType);
  if (fsType !== undefined) await modprobe(sys, ['modprobe', '-b', '-q', fsType]);
  return done(describeDevice(device));
}

/** The kernel gives what it mounts itself a name of its own. Of a btrfs sysfs does not know better: there it is what `root=` says. */
async function nameMounted(sys: Sys, { root, known }: FindOptions): Promise<string> {
  if (root.source !== '/dev/root') return 'mounted before us';
  const wish = parseRootOption(known.root ?? '');
  const [device, ...others] = 'refused' in wish ? [] : matchRoot(wish, await readBlockDevices(sys, new Map()));
  if (device === undefined || others.length > 0) return 'mounted before us, from what the kernel calls /dev/root';
  await keepFacts(sys, await commonName(sys, device), root.fsType);
  return `mounted before us: ${describeDevice(device)}`;
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

interface Waited {
  readonly found: readonly BlockDevice[];
  /** What stood in the way of assembling. */
  readonly troubles: readonly string[];
}

/** Ends early when a device that the root is known to need is locked: only a person helps. */
async function waitForRoot(sys: Sys, wish: RootWish, search: Search, options: FindOptions): Promise<Waited> {
  const { waitMs, waitsOn, signal, known } = options;
  const startMs = sys.uptimeMs();
  const degradedMs = startMs + (waitsOn ? DEGRADED_MS : Math.min(DEGRADED_MS, waitMs * DEGRADED_PART));
  const troubles = new Set<string>();
  for (let tellMs = startMs; ; ) {
    const devices = await readBlockDevices(sys, search.known);
    const found = matchRoot(wish, devices).filter(({ tags }) => !containers.includes(tags.TYPE ?? ''));
    if (found.length > 0 || signal?.aborted) return { found, troubles: [...troubles] };
    const late = waitMs > 0 && sys.uptimeMs() >= degradedMs;
    const assembled = await assembleStorage(sys, devices, { words: known.words, late, tried: search.assembled });
    for (const trouble of assembled.troubles) troubles.add(trouble);
    if (assembled.ran) continue;
    const isOver = sys.uptimeMs() >= startMs + waitMs && !waitsOn;
    if (isOver || neededLuks(devices, known).length > 0) return { found, troubles: [...troubles] };
    if (sys.uptimeMs() >= tellMs) {
      const there = devices.length === 0 ? 'no block device is there' : `there are ${devices.map(({ path }) => path).join(' ')}`;
      const limit = waitsOn ? '' : ` up to ${waitMs / 1000} s`;
      await emit(sys, { subject: 'phase', name: 'find-root', what: 'waiting', detail: `for ${describeWish(wish)}${limit}: ${there}` });
      tellMs = sys.uptimeMs() + Math.max(waitMs, POLL_MS);
    }
    await sys.sleep(POLL_MS, signal);
    await loadStorageDrivers(sys, search.tried);
  }
}

async function heldMissing(
  sys: Sys,
  wish: RootWish,
  { search, troubles }: { readonly search: Search; readonly troubles: readonly string[] },
  { known, waitMs, signal }: FindOptions,
): Promise<Held> {
  const devices = await readBlockDevices(sys, search.known);
  const why = await explainMissing(sys, devices, known);
  const within = signal?.aborted || neededLuks(devices, known).length > 0 ? '' : ` within ${waitMs / 1000} s`;
  const missing = `no root device: ${describeWish(wish)} did not appear${within}`;
  const more = { evidence: [...new Set([...why.evidence, ...troubles])], advice: why.advice };
  return await heldWithList(sys, why.reason === '' ? missing : `${missing}; ${why.reason}`, search.known, more);
}

/** By which the machine's own programs know it later, in its table of mounts: `/dev/mapper/vg-root`, not `/dev/dm-0`. */
async function commonName(sys: Sys, { path, links }: BlockDevice): Promise<string> {
  const mapped = links.find((link) => link.startsWith('/dev/mapper/'));
  return mapped !== undefined && (await sys.facts(mapped)) !== undefined ? mapped : path;
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

async function heldWithList(
  sys: Sys,
  reason: string,
  known: KnownTags,
  more: Pick<Held, 'evidence' | 'advice'> = { evidence: [], advice: [] },
): Promise<Held> {
  const devices = await readBlockDevices(sys, known);
  const list = devices.slice(0, SHOWN).map(describeDevice);
  const rest = devices.length > SHOWN ? [`and ${devices.length - SHOWN} more`] : [];
  const there = list.length === 0 ? ['no block device is there: is its driver among the modules?'] : [...list, ...rest];
  return held(
    reason,
    [...more.evidence, ...there],
    [...more.advice, { command: `mount -o ro DEVICE ${SYSROOT}`, does: 'shows which device is the root; then lifeboot continue takes it' }],
  );
}
