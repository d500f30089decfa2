/** One run of e2fsck on an unmounted device or image: its command line, its progress, and what kind of end it came to. */
import type { Ran, Sys } from '../../sys/sys.ts';
import { describeFsckExit, isUsable, readFsckExit } from '../fsck-exit.ts';
import { type FsckProgress, parseFsckProgress } from '../fsck-progress.ts';
import { type Findings, FindingsReader } from './findings.ts';
import { Silence } from './silence.ts';
import type { BackupSuperblock } from './superblocks.ts';

export interface E2fsckWish {
  readonly device: string;
  /** `preen` repairs what is safe, `look` writes nothing, `repair` answers yes to everything. */
  readonly mode: 'preen' | 'look' | 'repair';
  /** In full, even where the superblock says clean. */
  readonly full: boolean;
  /** e2fsck(8) -z: where each block goes before it is overwritten. */
  readonly undoFile?: string;
  readonly superblock?: BackupSuperblock;
}

export interface E2fsckRun {
  readonly ran: Ran;
  readonly end: E2fsckEnd;
  readonly findings: Findings;
  /** Lines for people, without the progress. */
  readonly said: readonly string[];
}

/** What the end of a run means for the next rung of the ladder. */
export type E2fsckEnd =
  /** The filesystem may be used. */
  | 'usable'
  /** Errors are left. */
  | 'errors'
  /** The primary superblock is of no use: a backup may be. */
  | 'bad superblock'
  /** It cannot keep an undo file of this filesystem, and wrote nothing: e2fsck 1.47 with MMP. */
  | 'no undo file'
  /** The device failed: its data are not to be judged, and never to be written. */
  | 'disk error'
  /** The filesystem is larger than what holds it. */
  | 'too small'
  /** Somebody stopped it. */
  | 'cancelled'
  | 'timed out'
  /** It died, or could not do its work for another reason. */
  | 'failed';

export interface RunE2fsckOptions {
  /** How long it may say nothing, not even progress. A check that still moves is never ended by a deadline. */
  readonly silenceMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Given a function that starts the silence anew. */
  readonly onStart?: ((extend: () => void) => void) | undefined;
  readonly onProgress?: ((progress: FsckProgress) => void) | undefined;
}

/** Progress goes to standard error (-C 2), so that standard output is what a person would read. */
export function planE2fsck({ device, mode, full, undoFile, superblock }: E2fsckWish): readonly string[] {
  const answer = { preen: '-p', look: '-n', repair: '-y' }[mode];
  return [
    ...['e2fsck', answer, ...(full ? ['-f'] : [])],
    ...(superblock === undefined ? [] : ['-b', String(superblock.block), '-B', String(superblock.blockSize)]),
    ...(undoFile === undefined ? [] : ['-z', undoFile]),
    ...['-C', '2', device],
  ];
}

/** Runs it. Throws SysError when there is no e2fsck. */
export async function runE2fsck(
  sys: Sys,
  wish: E2fsckWish,
  { silenceMs, signal, onStart, onProgress }: RunE2fsckOptions,
): Promise<E2fsckRun> {
  const reader = new FindingsReader();
  const disk: string[] = [];
  using silence = new Silence(sys, silenceMs);
  onStart?.(() => silence.broken());
  const onLine = (line: string) => {
    silence.broken();
    const progress = parseFsckProgress(line);
    if (progress !== undefined) return onProgress?.(progress);
    if (isDiskError(line) && disk.length < 20) disk.push(line);
    reader.add(line);
  };
  const ends = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
  const ran = await sys.run(planE2fsck(wish), { timeoutMs: Number.MAX_SAFE_INTEGER, onLine, signal: ends });
  const said = linesOf(ran);
  const stopped = silence.signal.aborted && ran.code === null ? 'timed out' : judgeEnd(ran, said, signal?.aborted ?? false);
  const end = disk.length > 0 ? 'disk error' : stopped;
  return { ran, end, findings: reader.result(), said };
}

/** Pure: exit bits first, then the words that tell why it could not go on. */
export function judgeEnd(ran: Ran, said: readonly string[], aborted = false): E2fsckEnd {
  if (said.some(isDiskError)) return 'disk error';
  if (ran.timedOut) return 'timed out';
  if (ran.code === null) return aborted ? 'cancelled' : 'failed';
  const exit = readFsckExit(ran.code);
  if (exit.cancelled) return 'cancelled';
  if (isUsable(exit)) return 'usable';
  const text = said.join('\n');
  if (exit.operational && /Undo file corrupt while/.test(text)) return 'no undo file';
  if (/physical size of the device is/.test(text)) return 'too small';
  if (exit.operational && SUPERBLOCK_WORDS.test(text)) return 'bad superblock';
  // A look gives up where it would have to write: that is an error of the filesystem, not of the tool.
  return exit.uncorrected || (exit.corrected && exit.operational) ? 'errors' : 'failed';
}

const SUPERBLOCK_WORDS =
  /superblock could not be read|Bad magic number in super-block|Superblock checksum does not match|superblock is corrupt|Corruption found in superblock|unsupported feature|unsupported read-only feature|trying backup blocks|bad block size|revision is too high/i;

/** Words of libext2fs and the kernel for a device that does not give or take a block. */
export const isDiskError = (line: string): boolean =>
  /Input\/output error|I\/O error|Remote I\/O|No such device or address|medium error/i.test(line);

/** e2fsck catches its own crash and says so: 1.47 crashes where it reads group descriptors from a backup and keeps an undo file. */
export const isCrash = ({ ran, said }: Pick<E2fsckRun, 'ran' | 'said'>): boolean =>
  (ran.code === null && ran.signal === 'SIGSEGV') || said.some((line) => /^Signal \(\d+\) SIG/.test(line));

/** `errors were left uncorrected (exit 4)`, `killed by SIGSEGV`. */
export function describeRun(ran: Ran): string {
  if (ran.timedOut) return `no end within ${Math.round(ran.durationMs / 1000)} s`;
  return ran.code === null ? `killed by ${ran.signal ?? 'a signal'}` : `${describeFsckExit(readFsckExit(ran.code))} (exit ${ran.code})`;
}

/** `journal replayed, errors corrected, exit 1`: of a run that ended well. The device was not mounted meanwhile. */
export function describeSuccess({ ran, said }: Pick<E2fsckRun, 'ran' | 'said'>): string {
  const replayed = said.some((line) => line.includes('recovering journal')) ? 'journal replayed, ' : '';
  const { clean, corrected, rebootWanted } = readFsckExit(ran.code ?? 0);
  if (clean) return `${replayed}clean`;
  const what = corrected ? `${replayed}errors corrected` : `${replayed}checked`;
  return `${what}, exit ${ran.code}${rebootWanted ? ': no reboot needed, the root was not mounted' : ''}`;
}

/** Both streams without the progress lines; a line redrawn with carriage returns counts as its last state. */
function linesOf(ran: Ran): readonly string[] {
  return `${ran.stdout}\n${ran.stderr}`
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('\r') + 1).trimEnd())
    .filter((line) => line !== '' && parseFsckProgress(line) === undefined);
}
