/** Debian's scripts whose work lifeboot does itself, each with the reason and with what else it did. */
import { type FstabEntry, parseFstab } from '../fsck/fstab.ts';
import type { Sys } from '../sys/sys.ts';
import type { Action } from './claims.ts';
import { checkInPlace, type FstabContext, type FstabFailure, mountInPlace } from './fstab-scripts.ts';

export interface BuiltIn {
  readonly name: string;
  readonly action: Action;
  /** Shown as `built in: …`. */
  readonly why: string;
  /** The other effects of the script, and what becomes of each. */
  readonly sideEffects: string;
  /** Only when this holds; otherwise the script itself runs. */
  readonly when?: (sys: Sys, root: string, fstab?: FstabContext) => Promise<boolean>;
  /** What is left to do in the script's place. Resolves with what did not work, if that is a failure of the script. */
  readonly apply?: (sys: Sys, root: string, fstab?: FstabContext) => Promise<FstabFailure | undefined>;
}

export const builtIns: readonly BuiltIn[] = [
  {
    name: 'mountkernfs.sh',
    action: 'start',
    why: 'the kernel filesystems are mounted before the first tier',
    sideEffects: '/run/lock, securityfs, pstore, efivarfs, /run/sendsigs.omit.d, /run/.tmpfs: kernel-mounts.ts',
    when: hasDefaultTmpfs,
  },
  {
    name: 'mountdevsubfs.sh',
    action: 'start',
    why: 'the filesystems below /dev are mounted before the first tier',
    sideEffects: '/dev/pts, /dev/shm, /run/shm, /dev/fd and its like: kernel-mounts.ts',
    when: hasDefaultTmpfs,
  },
  {
    name: 'checkroot.sh',
    action: 'start',
    why: 'the root was checked while unmounted and is read-write',
    sideEffects:
      'root options of fstab: phase mount-root; /etc/mtab: kernel-mounts.ts; fstab options of /proc and its like: kernel-mounts.ts; swapon: mountall.sh does it, too',
  },
  {
    name: 'checkfs.sh',
    action: 'start',
    why: 'lifeboot checks what fstab names, the disks side by side',
    sideEffects: 'removes /fastboot and /forcefsck: done here; /var/log/fsck/checkfs: the events tell it; swapon: done here',
    when: async (sys, root, fstab) =>
      fstab?.owner === 'lifeboot' && !(await hasFstabParts(sys, root)) && (await fstabHas(sys, root, isChecked)),
    apply: async (sys, root, fstab) => fstab && (await checkInPlace(sys, root, await readFstab(sys, root), fstab)),
  },
  {
    name: 'checkfs.sh',
    action: 'start',
    why: 'fstab names no other filesystem to check',
    sideEffects: 'removes /fastboot and /forcefsck: done here',
    when: (sys, root) => fstabHas(sys, root, isChecked).then((found) => !found),
    apply: async (sys, root) => {
      await sys.remove(`${root}/fastboot`);
      await sys.remove(`${root}/forcefsck`);
      return undefined;
    },
  },
  {
    name: 'mountall.sh',
    action: 'start',
    why: 'lifeboot mounts what fstab names, never after a check that failed',
    sideEffects: '/var/log/fsck: made here; /run/initctl: stage 1; swap: done here; sizes of tmpfs: as for the other',
    when: async (sys, root, fstab) =>
      fstab?.owner === 'lifeboot' &&
      !(await hasFstabParts(sys, root)) &&
      (await hasDefaultTmpfs(sys, root)) &&
      (await fstabHas(sys, root, isMountedAtBoot)),
    apply: async (sys, root, fstab) => {
      await sys.makeDir(`${root}/var/log/fsck`);
      return fstab && (await mountInPlace(sys, await readFstab(sys, root), fstab));
    },
  },
  {
    name: 'mountall.sh',
    action: 'start',
    why: 'fstab names nothing to mount beside the root',
    sideEffects:
      '/var/log/fsck: made here; /run/initctl: stage 1; swap: none in fstab; sizes of tmpfs: only when /etc/default/tmpfs sets them, and then the script runs',
    when: async (sys, root) => !(await fstabHas(sys, root, isMountedAtBoot)) && (await hasDefaultTmpfs(sys, root)),
    apply: (sys, root) => sys.makeDir(`${root}/var/log/fsck`).then(() => undefined),
  },
  ...['checkroot-bootclean.sh', 'mountall-bootclean.sh', 'mountnfs-bootclean.sh'].map(
    (name): BuiltIn => ({
      name,
      action: 'start',
      why: '/tmp is empty, and /run and /run/lock are fresh tmpfs',
      sideEffects: 'flag files .clean: only these scripts read them, and bootmisc.sh removes them',
      when: isTmpClean,
    }),
  ),
  {
    name: 'mountnfs.sh',
    action: 'start',
    why: 'fstab names no network filesystem to wait for',
    sideEffects: 'none: it only waits',
    when: (sys, root) => fstabHas(sys, root, (entry) => networkTypes.has(entry.fsType)).then((found) => !found),
  },
  {
    name: 'sendsigs',
    action: 'stop',
    why: 'phase end-processes does it, and spares the rescue door',
    sideEffects: 'sync: phase leave-root unmounts; /run/sendsigs.omit.d is for daemons of the root storage, see ROOT_STORAGE_DAEMONS',
  },
  {
    name: 'umountfs',
    action: 'stop',
    why: 'phase leave-root does it; the script would unmount the toolbox',
    sideEffects: 'swapoff: phase leave-root',
  },
  { name: 'umountroot', action: 'stop', why: 'phase leave-root unmounts the root', sideEffects: 'none' },
  {
    name: 'halt',
    action: 'stop',
    why: 'PID 1 ends the machine',
    sideEffects: 'network interfaces go down and disks to standby: the kernel does both at power-off; ups-monitor poweroff is not called',
  },
  { name: 'reboot', action: 'stop', why: 'PID 1 ends the machine', sideEffects: 'network interfaces go down: the kernel does it' },
  // Of run level 1: see runlevel/.
  { name: 'killprocs', action: 'start', why: 'lifeboot ends what is left, and spares the rescue door', sideEffects: 'none' },
  { name: 'single', action: 'start', why: 'lifeboot goes on to single-user mode by itself', sideEffects: 'none' },
];

/** Types that Debian's mountnfs.sh waits for. */
const networkTypes: ReadonlySet<string> = new Set(['nfs', 'nfs4', 'smbfs', 'cifs', 'coda', 'ncp', 'ncpfs', 'ceph']);

const isChecked = ({ pass, mountPoint }: FstabEntry): boolean => pass > 0 && mountPoint !== '/';

/** Mounts and swap that are not there by now. What the kernel offers is mounted, and fstab's options for it are applied: kernel-mounts.ts. */
function isMountedAtBoot({ mountPoint, fsType, options }: FstabEntry): boolean {
  const stands = mountPoint === '/' || ['proc', 'sysfs', 'devpts', 'devtmpfs', 'securityfs', 'pstore'].includes(fsType);
  return !stands && !options.includes('noauto');
}

/** What bootclean leaves in /tmp. */
const keptInTmp: ReadonlySet<string> = new Set([
  'lost+found',
  'quota.user',
  'quota.group',
  'aquota.user',
  'aquota.group',
  '.journal',
  '.sujournal',
  '.clean',
  '.tmpfs',
]);

/** The entry that stands for this script on this machine, or undefined when the script itself is to run. */
export async function findBuiltIn(sys: Sys, script: string, action: Action, root = '', fstab?: FstabContext): Promise<BuiltIn | undefined> {
  for (const entry of builtIns.filter(({ name, action: of }) => name === script && of === action))
    if (entry.when === undefined || (await entry.when(sys, root, fstab))) return entry;
  return undefined;
}

/** Sizes set in /etc/default/tmpfs are for the scripts to apply: then they run, and kernel-mounts.ts leaves the tmpfs to them. */
export async function hasDefaultTmpfs(sys: Sys, root: string): Promise<boolean> {
  const text = (await sys.readText(`${root}/etc/default/tmpfs`)) ?? '';
  return !text.split('\n').some((line) => /^\s*[^#\s]/.test(line));
}

export async function readFstab(sys: Sys, root: string): Promise<readonly FstabEntry[]> {
  const file = `${root}/etc/fstab`;
  return parseFstab((await sys.readText(file)) ?? '', file).entries;
}

/** Parts that lifeboot does not read: then the scripts of the image do. */
async function hasFstabParts(sys: Sys, root: string): Promise<boolean> {
  return ((await sys.listDir(`${root}/etc/fstab.d`)) ?? []).some((name) => name.endsWith('.fstab'));
}

async function fstabHas(sys: Sys, root: string, wanted: (entry: FstabEntry) => boolean): Promise<boolean> {
  return (await hasFstabParts(sys, root)) || (await readFstab(sys, root)).some(wanted);
}

async function isTmpClean(sys: Sys, root: string): Promise<boolean> {
  return ((await sys.listDir(`${root}/tmp`)) ?? []).every((name) => keptInTmp.has(name));
}
