/** Who checks which type of filesystem besides ext, by its own maker's rules: command lines, and what their exit codes mean. */
import type { Held } from '../sys/phase-result.ts';

/** `look` writes nothing, `preen` does what its maker calls safe at boot, `repair` may lose data. */
export type CheckMode = 'look' | 'preen' | 'repair';

/** How a run ended. `dirty log`: only a mount can say what the filesystem is like. `failed`: it could not do its work. */
export type CheckEnd = 'clean' | 'corrected' | 'errors' | 'dirty log' | 'failed';

export interface Checker {
  /** As blkid(8) and fstab(5) spell them. */
  readonly types: readonly string[];
  /** Debian's package of its programs. */
  readonly packageName: string;
  /** Why nothing is run before a mount at boot, unless a check in full is asked for. */
  readonly notAtBoot?: string;
  readonly look: (device: string) => readonly string[];
  readonly preen?: (device: string) => readonly string[];
  readonly repair?: (device: string) => readonly string[];
  /** A mount replays the log, and nothing else may. */
  readonly replaysByMount: boolean;
  /** Pure. `text` is all that it said. */
  readonly judge: (mode: CheckMode, code: number, text: string) => CheckEnd;
  /** What an operator can do where nothing more is done unasked. */
  readonly advise: (device: string) => Held['advice'];
}

/** Sources: the manual pages named at each, and the programs themselves as Debian 12 has them. */
const checkers: readonly Checker[] = [
  {
    types: ['xfs'],
    packageName: 'xfsprogs',
    // fsck.xfs(8) does nothing, successfully.
    notAtBoot: 'a mount replays its log',
    look: (device) => ['xfs_repair', '-n', device],
    repair: (device) => ['xfs_repair', device],
    replaysByMount: true,
    judge: judgeXfs,
    advise: (device) => [
      { command: `xfs_repair -n ${device}`, does: 'shows every error and changes nothing' },
      { command: `lifeboot fsck repair ${device}`, does: 'replays the log and repairs, with a copy of before where there is room' },
      {
        command: `xfs_repair -L ${device}`,
        does: 'throws the log away: when it cannot be mounted any more, and the last changes may be lost',
      },
    ],
  },
  {
    types: ['btrfs'],
    packageName: 'btrfs-progs',
    // fsck.btrfs(8) does nothing, successfully.
    notAtBoot: 'it is whole after every transaction, and a mount replays its log',
    look: (device) => ['btrfs', 'check', '--readonly', device],
    // btrfs-check(8): --repair is not to be used without a developer's advice.
    replaysByMount: false,
    judge: (_mode, code) => (({ 0: 'clean', 1: 'errors' }) as const)[code] ?? 'failed',
    advise: (device) => [
      { command: `btrfs check --readonly ${device}`, does: 'shows every error and changes nothing' },
      { command: `mount -o ro,rescue=all ${device} /mnt`, does: 'reads what can still be read' },
      { command: `btrfs restore ${device} DIRECTORY`, does: 'copies files out without a mount; never begin with btrfs check --repair' },
    ],
  },
  {
    types: ['vfat', 'msdos', 'fat'],
    packageName: 'dosfstools',
    look: (device) => ['fsck.fat', '-n', device],
    preen: (device) => ['fsck.fat', '-a', device],
    repair: (device) => ['fsck.fat', '-a', device],
    replaysByMount: false,
    judge: judgeFat,
    advise: (device) => [
      { command: `fsck.fat -n ${device}`, does: 'shows every error and changes nothing' },
      { command: `fsck.fat -r ${device}`, does: 'asks before each repair' },
    ],
  },
  {
    types: ['f2fs'],
    packageName: 'f2fs-tools',
    look: (device) => ['fsck.f2fs', '--dry-run', device],
    preen: (device) => ['fsck.f2fs', '-a', device],
    repair: (device) => ['fsck.f2fs', '-f', '-y', device],
    replaysByMount: false,
    judge: judgeF2fs,
    advise: (device) => [
      { command: `fsck.f2fs --dry-run ${device}`, does: 'shows every error and changes nothing' },
      { command: `fsck.f2fs -f ${device}`, does: 'repairs, which can lose damaged files' },
    ],
  },
];

/** Types that have nothing to check, though fstab may carry a pass number for them. */
const uncheckable: ReadonlySet<string> = new Set(['swap', 'none', 'squashfs', 'iso9660', 'udf', 'erofs', 'cramfs', 'romfs', 'tmpfs']);

export const findChecker = (type: string): Checker | undefined => checkers.find(({ types }) => types.includes(type));

/** Why a filesystem of this type is used without a check; undefined when it has a checker, or is ext. */
export function whyUnchecked(type: string): string | undefined {
  if (type === '') return 'no check: its type is not known';
  if (uncheckable.has(type)) return `no check for ${type}: there is nothing to repair in it`;
  return findChecker(type) === undefined ? `no check for ${type}: no checker is known` : undefined;
}

/** xfs_repair(8): -n ends with 1 on damage; without it 0 is repaired, 1 is "run it again", 2 is a log that was not replayed. */
function judgeXfs(mode: CheckMode, code: number, text: string): CheckEnd {
  if (/valuable metadata changes in a log/.test(text)) return 'dirty log';
  if (mode === 'look') return ({ 0: 'clean', 1: 'errors' } as const)[code] ?? 'failed';
  return ({ 0: 'corrected', 2: 'dirty log', 4: 'corrected' } as const)[code] ?? 'failed';
}

/** fsck.fat(8): 1 is errors, corrected or not, and also whatever it died of; 2 is a wrong command line. */
function judgeFat(mode: CheckMode, code: number, text: string): CheckEnd {
  if (code === 0) return 'clean';
  if (code !== 1) return 'failed';
  return mode !== 'look' && /Filesystem was changed|Performing changes|Dirty bit/.test(text) ? 'corrected' : 'errors';
}

/** f2fs-tools 1.15: the codes of fsck(8); older ones end with -1 for everything. A look says what is wrong in words, too. */
function judgeF2fs(mode: CheckMode, code: number, text: string): CheckEnd {
  if (code === 255 || (code & ~5) !== 0) return /Can't find a valid F2FS/.test(text) ? 'errors' : 'failed';
  if ((code & 4) !== 0 || (mode === 'look' && /\[Fail\]/.test(text))) return 'errors';
  if (code === 0) return 'clean';
  return mode === 'look' ? 'errors' : 'corrected';
}
