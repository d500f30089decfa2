/** Phase mount-root: mounts the checked root read-write at `/sysroot`, with the options its own fstab asks for. */
import { type Mount, readMounts, standsOn, sysrootMount } from '../sys/mountinfo.ts';
import { SYSROOT } from '../sys/paths.ts';
import { done, type Held, held, type PhaseResult } from '../sys/phase-result.ts';
import type { Problem } from '../sys/problem.ts';
import type { RootFacts } from '../sys/root-facts.ts';
import type { Ran, Sys } from '../sys/sys.ts';
import { deviceNumber } from './block-device.ts';
import { adviseMissing, missingMembers, mountWithMembers } from './btrfs-members.ts';
import { findChecker } from './checkers.ts';
import { pickKernelLines } from './disk-evidence.ts';
import { kernelOptions, parseFstab, wantsReadOnly } from './fstab.ts';
import { busybox, evidenceOf, runStep, type Step } from './step.ts';

const DMESG_LINES = 8;
/** A log of gigabytes may be replayed. */
const MOUNT_MS = 600_000;
const FSTAB = '/etc/fstab';

export interface MountOptions {
  readonly root: RootFacts;
  /** `rootflags=` of the kernel command line. */
  readonly rootflags?: string;
  /** How check-root ended: after `left-errors` nothing is mounted; `overridden` is the operator's word against it. */
  readonly lastCheck: 'passed' | 'left-errors' | 'overridden';
  /** How long a device that a btrfs lacks is waited for; default: not at all. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  /** Told of every fault in rootflags and fstab; the boot goes on. */
  readonly onProblem?: (problem: Problem) => void;
}

/** Mounts the root. Held with mount's and the kernel's words when it cannot be, or when it came up read-only unasked. */
export async function mountRoot(sys: Sys, options: MountOptions): Promise<PhaseResult> {
  const { root, lastCheck } = options;
  if (lastCheck === 'left-errors') return held('the root is not mounted: its check left errors', [], adviceAfterErrors(root.source));
  const before = await readMounts(sys);
  if (standsOn(before) === 'root') return done('the root is entered already');
  if (sysrootMount(before) === undefined) {
    if (root.source === undefined) return held('the root device is not known', ['root= on the kernel command line names it']);
    const failed = await mountWithFlags(sys, root.source, options);
    if (failed !== undefined) return await heldMount(sys, root.source, failed, options);
  } else if (isReadOnly(sysrootMount(before))) {
    // An operator's hand, or an agent that died in this phase.
    await runStep(sys, busybox(['mount', '-o', 'remount,rw', SYSROOT]));
  }

  const mounted = sysrootMount(await readMounts(sys));
  if (mounted === undefined) return held(`mount said yes, but nothing is mounted at ${SYSROOT}`);
  if (isReadOnly(mounted)) return await heldReadOnly(sys, mounted);
  await applyFstab(sys, mounted, options.onProblem ?? (() => undefined));
  return done(describeMount(sysrootMount(await readMounts(sys)) ?? mounted));
}

/** Undefined when a filesystem is mounted at `/sysroot` as its fstab wants (read-write otherwise), or the root is entered already. */
export async function verifyMounted(sys: Sys): Promise<string | undefined> {
  const mounts = await readMounts(sys);
  if (standsOn(mounts) === 'root') return undefined;
  const mounted = sysrootMount(mounts);
  if (mounted === undefined) return `nothing is mounted at ${SYSROOT}`;
  const { entry } = await readRootEntry(sys);
  return isReadOnly(mounted) && !wantsReadOnly(entry?.options ?? []) ? `${SYSROOT} is mounted read-only` : undefined;
}

/** `mount -t TYPE -o rw,FLAGS DEVICE /sysroot`. */
function planMount(device: string, fsType: string | undefined, flags: readonly string[]): Step {
  return busybox(['mount', ...(fsType === undefined ? [] : ['-t', fsType]), '-o', ['rw', ...flags].join(','), device, SYSROOT]);
}

/** Bad rootflags of an ext filesystem only tune it, so it is mounted without; elsewhere (subvol=) they say which root is meant. */
async function mountWithFlags(sys: Sys, device: string, options: MountOptions): Promise<Ran | undefined> {
  const { root, rootflags = '', onProblem, waitMs = 0, signal } = options;
  const flags = kernelOptions(rootflags.split(','));
  const mount = (more: readonly string[]): Promise<Ran> => runStep(sys, planMount(device, root.fsType, [...flags, ...more]), MOUNT_MS);
  const isBtrfs = root.fsType === 'btrfs';
  const ran = isBtrfs
    ? await mountWithMembers(sys, device, mount, { waitMs, ...(signal === undefined ? {} : { signal }) })
    : await mount([]);
  if (ran.code === 0 || flags.length === 0 || !root.fsType?.startsWith('ext')) return ran.code === 0 ? undefined : ran;
  const plain = await runStep(sys, planMount(device, root.fsType, []), MOUNT_MS);
  if (plain.code !== 0) return plain;
  onProblem?.({
    file: 'kernel command line',
    value: `rootflags=${rootflags}`,
    message: `mount refused it: ${lastWords(ran)}`,
    accepted: 'mount options of the filesystem; it is mounted without them',
  });
  return undefined;
}

/** Which root is meant, and on which devices: what a mount that stands cannot change any more. */
const atMountAlone = /^(subvol|subvolid|device|logdev|rtdev)=|^nouuid$/;

/** What the root's own fstab wants and the mount does not show yet, or undefined. */
function planRemount(mounted: Mount, wanted: readonly string[]): Step | undefined {
  const shown = new Set([...mounted.options, ...mounted.superOptions]);
  const missing = kernelOptions(wanted).filter((option) => !shown.has(option) && !atMountAlone.test(option));
  const readOnly = wantsReadOnly(wanted);
  if (missing.length === 0 && !readOnly) return undefined;
  return busybox(['mount', '-o', ['remount', readOnly ? 'ro' : 'rw', ...missing].join(','), mounted.source, SYSROOT]);
}

/** The line for `/` in the root's own fstab. */
async function readRootEntry(sys: Sys) {
  const { entries, problems } = parseFstab((await sys.readText(`${SYSROOT}${FSTAB}`)) ?? '', FSTAB);
  return { entry: entries.find(({ mountPoint }) => mountPoint === '/'), problems };
}

async function applyFstab(sys: Sys, mounted: Mount, onProblem: (problem: Problem) => void): Promise<void> {
  const { entry, problems } = await readRootEntry(sys);
  problems.forEach(onProblem);
  const remount = entry === undefined ? undefined : planRemount(mounted, entry.options);
  if (entry === undefined || remount === undefined) return;
  const ran = await runStep(sys, remount);
  if (ran.code === 0) return;
  onProblem({
    file: FSTAB,
    line: entry.line,
    value: entry.options.join(','),
    message: `mount refused it for /: ${lastWords(ran)}`,
    accepted: `options of ${mounted.fsType}; the root stays mounted with ${mounted.superOptions.join(',')}`,
  });
}

const isReadOnly = (mount: Mount | undefined): boolean =>
  mount !== undefined && (mount.options.includes('ro') || mount.superOptions.includes('ro'));

function describeMount({ source, fsType, options, superOptions }: Mount): string {
  return `${source} on ${SYSROOT}: ${fsType} ${[...new Set([...options, ...superOptions])].join(',')}`;
}

async function heldMount(sys: Sys, device: string, ran: Ran, { root, rootflags = '' }: MountOptions): Promise<Held> {
  const kernel = await kernelWords(sys, device);
  const lacks = root.fsType === 'btrfs' && missingMembers(kernel).length > 0;
  const advice = lacks
    ? adviseMissing(device, kernelOptions(rootflags.split(',')), SYSROOT)
    : (findChecker(root.fsType ?? '')?.advise(device) ?? []);
  const why = lacks ? 'it lacks a device, and is not mounted degraded unasked' : lastWords(ran);
  return held(`cannot mount ${device}: ${why}`, [...evidenceOf(ran), ...kernel], advice);
}

async function heldReadOnly(sys: Sys, { source }: Mount): Promise<Held> {
  const device = await deviceNumber(sys, source);
  const protectedNow = (await sys.readText(`/sys/dev/block/${device}/ro`).catch(() => undefined))?.trim() === '1';
  const named = `${source} (${device ?? 'unknown device number'})`;
  const evidence = [`${named} is ${protectedNow ? 'write-protected' : 'writable: its filesystem has errors, or a mount option says so'}`];
  const again = { command: `mount -o remount,rw ${SYSROOT}`, does: 'tries again to make it writable' };
  const lift = { command: `blockdev --setrw ${source}`, does: 'lifts the protection, where it is not the medium itself that has it' };
  const advice = protectedNow ? [lift, again] : [again];
  return held(`${source} is mounted read-only though rw was asked`, [...evidence, ...(await kernelWords(sys, source))], advice);
}

/** The kernel's last words about this device, and about faults of the disk it is a part of. */
async function kernelWords(sys: Sys, device: string): Promise<readonly string[]> {
  const name = device.slice(device.lastIndexOf('/') + 1);
  const ran = await runStep(sys, busybox(['dmesg']));
  const ofDisk = new Set(pickKernelLines(ran.stdout, device));
  const isAbout = (line: string): boolean => line.includes(name) || ofDisk.has(line);
  const lines = ran.stdout.split('\n').filter((line) => isAbout(line) && !/command line: /i.test(line));
  return lines.slice(-DMESG_LINES).map((line) => line.replace(/^<\d+>/, ''));
}

const lastWords = (ran: Ran): string => ran.stderr.trim().split('\n').at(-1) || `exit ${ran.code ?? ran.signal}`;

function adviceAfterErrors(device = 'DEVICE'): Held['advice'] {
  return [{ command: `e2fsck -y ${device}`, does: 'repairs everything, which can lose damaged files' }];
}
