/**
 * The repair ladder of ext2/3/4: preen, a look at what is left, then by policy a hold or a full repair with a way back, and a last look.
 * The same for a root at boot and an image on a workbench. INVARIANTS: nothing is written under `hold`; no run that can lose data is
 * without an undo file; a device that fails is never written; the result is `clean` or `repaired` only when e2fsck itself said so last.
 */
import type { Sys } from '../../sys/sys.ts';
import type { FsckProgress } from '../fsck-progress.ts';
import { describeRun, describeSuccess, type E2fsckRun, type E2fsckWish, isCrash, planE2fsck, runE2fsck } from './e2fsck.ts';
import { describeFindings, type Findings, formatFindings, noFindings } from './findings.ts';
import { nameInodes } from './name-inodes.ts';
import { type BackupSuperblock, findBackupSuperblock } from './superblocks.ts';
import { findSpaceFault } from './undo-space.ts';
import { openUndoStore, type UndoStore } from './undo-store.ts';

/** `hold`: only look. `preen`: what is safe. `undo-yes`: everything, with an undo file. */
export const policies = ['hold', 'preen', 'undo-yes'] as const;
export type Policy = (typeof policies)[number];

export interface LadderOptions {
  readonly device: string;
  readonly policy: Policy;
  /** A check in full, even of a filesystem that says it is clean. */
  readonly full: boolean;
  /** Preen, too, is taken back by `undo`: on a workbench, where the image of before is what somebody may want. */
  readonly undoPreen: boolean;
  readonly undoDirectory: string;
  /** How long a run of e2fsck may be silent. */
  readonly silenceMs: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (rung: string, progress: FsckProgress) => void;
  /** Told of each run as it begins; what it is given starts the silence anew. */
  readonly onStart?: (extend: () => void) => void;
  /** Told of each run as it ends, for logs. */
  readonly onRun?: (rung: string, run: E2fsckRun) => void;
}

export interface LadderResult {
  readonly outcome: 'clean' | 'repaired' | 'held';
  /** One sentence. */
  readonly reason: string;
  /** Why it is held: the disk is failing, or an operator cancelled. */
  readonly cause?: 'disk error' | 'cancelled' | 'too small' | 'no undo';
  /** Of the look, before anything but preen was done. */
  readonly findings: Findings;
  readonly evidence: readonly string[];
  /** There when something can be taken back. */
  readonly undoDirectory?: string;
  /** False when e2fsck left an undo file that cannot be read, and there was no room for a copy. */
  readonly undoTrusted?: boolean;
  /** One line a rung: what was run and how it ended. */
  readonly rungs: readonly string[];
}

const EVIDENCE_LINES = 20;
const SHOWN_FINDINGS = 10;
/** e2fsck's own advice after a repair is to run it again; more than this, and it is going round in circles. */
const MOST_REPAIRS = 8;

/** Climbs as far as the policy allows. Throws SysError when e2fsck cannot be started. */
export async function climbRepairLadder(sys: Sys, options: LadderOptions): Promise<LadderResult> {
  const ladder = new Ladder(sys, options);
  const result = await ladder.climb();
  return { ...result, ...(await ladder.wayBack()) };
}

class Ladder {
  readonly #sys: Sys;
  readonly #options: LadderOptions;
  readonly #rungs: string[] = [];
  #undo: UndoStore | undefined;
  #superblock: BackupSuperblock | undefined;
  #preened: E2fsckRun | undefined;

  constructor(sys: Sys, options: LadderOptions) {
    this.#sys = sys;
    this.#options = options;
  }

  async climb(): Promise<LadderResult> {
    const { policy, full, undoPreen } = this.#options;
    if (policy !== 'hold') {
      const preened = await this.#run('preen', { mode: 'preen', full }, undoPreen);
      if (preened === undefined) return this.#withoutUndo(noFindings);
      // A full preen that ends well has looked at everything; it is believed at boot and proved on a workbench.
      if (preened.end === 'usable' && !undoPreen) return this.#usable(preened);
      if (mustStop(preened)) return this.#stopped(preened);
      if (preened.end === 'usable') {
        const proved = await this.#look(true);
        if (proved.end === 'usable') return this.#usable(preened);
      }
      this.#preened = preened;
    }
    const looked = await this.#look(full || policy !== 'hold');
    if (looked.end === 'usable') return this.#usable(looked);
    if (mustStop(looked)) return this.#stopped(looked);
    const findings = await nameInodes(this.#sys, this.#options.device, looked.findings);
    if (policy !== 'undo-yes') return this.#leftErrors({ ...looked, findings });
    return await this.#repair(looked, findings);
  }

  /** Where what was written can be taken back from, if anything was. */
  async wayBack(): Promise<Pick<LadderResult, 'undoDirectory' | 'undoTrusted'>> {
    if (this.#undo === undefined || this.#undo.steps === 0) return {};
    await this.#undo.settle();
    return { undoDirectory: this.#options.undoDirectory, undoTrusted: this.#undo.trusted };
  }

  async #repair(before: E2fsckRun, findings: Findings): Promise<LadderResult> {
    const { device, undoDirectory } = this.#options;
    const fault = await this.#roomForUndo(findings);
    if (fault !== undefined) return { ...this.#result('held', fault), cause: 'no undo', findings };
    await this.#undo?.protect();
    let last = before;
    for (let round = 1; round <= MOST_REPAIRS; round += 1) {
      const repaired = await this.#run(`repair ${round}`, { mode: 'repair', full: true }, true);
      if (repaired === undefined) return this.#withoutUndo(findings);
      if (mustStop(repaired)) return { ...this.#stopped(repaired), findings };
      this.#superblock = undefined;
      const looked = await this.#look(true);
      if (looked.end === 'usable') {
        const reason = `${describeFindings(findings)}; repaired in ${roundsOf(round)}, undo in ${undoDirectory}`;
        return { ...this.#result('repaired', reason), findings };
      }
      if (mustStop(looked)) return { ...this.#stopped(looked), findings };
      if (this.#undo?.trusted === false) {
        const reason = `the undo file of the last repair of ${device} cannot be read, and nothing more is repaired without one`;
        return { ...this.#held(reason, looked, findings), cause: 'no undo' };
      }
      if (isSame(last, looked) || round === MOST_REPAIRS) return this.#held(notClean(device, looked, round), looked, findings);
      last = looked;
    }
    throw new Error('a repair ends within its rounds');
  }

  /** A look writes nothing. Where the primary superblock is of no use, a backup is tried, and kept for the repair. */
  async #look(full: boolean): Promise<E2fsckRun> {
    const looked = await this.#run('look', { mode: 'look', full }, false);
    if (looked === undefined) throw new Error('a look needs no undo file');
    const helpless =
      looked.end === 'bad superblock' || looked.end === 'failed' || looked.said.some((line) => /trying backup blocks/.test(line));
    if (!helpless || this.#superblock !== undefined) return looked;
    this.#superblock = await findBackupSuperblock(this.#sys, this.#options.device, this.#options.signal);
    if (this.#superblock === undefined) return looked;
    const again = await this.#run(`look by superblock ${this.#superblock.block}`, { mode: 'look', full: true }, false);
    // Clean by a backup is not clean: the primary still has to be written.
    return again === undefined || again.end === 'usable' ? { ...(again ?? looked), end: 'errors' } : again;
  }

  /** Undefined when it must not run because there is no place for its undo file. */
  async #run(rung: string, wish: Pick<E2fsckWish, 'mode' | 'full'>, undoable: boolean): Promise<E2fsckRun | undefined> {
    const superblock = this.#superblock === undefined ? {} : { superblock: this.#superblock };
    const whole: E2fsckWish = { device: this.#options.device, ...wish, ...superblock };
    if (!undoable) return await this.#start(rung, whole);
    const undo = await this.#openUndo();
    if (undo === undefined) return undefined;
    const undoFile = await undo.begin((file) => planE2fsck({ ...whole, undoFile: file }));
    const run = await this.#start(rung, { ...whole, undoFile });
    await undo.end();
    if (run.end !== 'no undo file' && !isCrash(run)) return run;
    // Without an undo file it may do better. What it wrote before it gave up lies before the copy.
    if (!(await undo.protect())) return run.end === 'no undo file' ? undefined : run;
    await undo.beginCopied(planE2fsck(whole));
    const bare = await this.#start(rung, whole);
    await undo.end();
    return bare;
  }

  async #start(rung: string, wish: E2fsckWish): Promise<E2fsckRun> {
    const { silenceMs, signal, onProgress, onStart, onRun } = this.#options;
    const run = await runE2fsck(this.#sys, wish, { silenceMs, signal, onStart, onProgress: (progress) => onProgress?.(rung, progress) });
    this.#rungs.push(`${rung}: ${run.ran.argv.join(' ')}: ${describeRun(run.ran)}`);
    onRun?.(rung, run);
    return run;
  }

  async #openUndo(): Promise<UndoStore | undefined> {
    if (this.#undo !== undefined) return this.#undo;
    const { device, undoDirectory } = this.#options;
    try {
      this.#undo = await openUndoStore(this.#sys, undoDirectory, device);
    } catch (error) {
      this.#rungs.push(`undo: ${error instanceof Error ? error.message : String(error)}`);
    }
    return this.#undo;
  }

  async #roomForUndo(findings: Findings): Promise<string | undefined> {
    const { device, undoDirectory } = this.#options;
    if ((await this.#openUndo()) === undefined) return `no undo file can be made in ${undoDirectory}`;
    return await findSpaceFault(this.#sys, undoDirectory, device, findings);
  }

  #usable(run: E2fsckRun): LadderResult {
    return this.#result(run.ran.code === 0 ? 'clean' : 'repaired', describeSuccess(run));
  }

  /** The words of preen, where it ran, are what people know from other boots; the findings say what they mean. */
  #leftErrors(looked: E2fsckRun): LadderResult {
    const { ran, said } = this.#preened ?? looked;
    const found = looked.findings.total > 0 ? `; ${describeFindings(looked.findings)}` : '';
    const evidence = [...formatFindings(looked.findings, SHOWN_FINDINGS), ...said.slice(-EVIDENCE_LINES)];
    return {
      ...this.#result('held', `e2fsck of ${this.#options.device}: ${describeRun(ran)}${found}`),
      findings: looked.findings,
      evidence,
    };
  }

  #withoutUndo(findings: Findings): LadderResult {
    const { device, undoDirectory } = this.#options;
    const reason = `neither an undo file nor a copy of ${device} can be made in ${undoDirectory}, and nothing is repaired without one`;
    return { ...this.#result('held', reason), cause: 'no undo', findings };
  }

  #stopped(run: E2fsckRun): LadderResult {
    const { device } = this.#options;
    switch (run.end) {
      case 'disk error':
        return { ...this.#held(`${device} fails to read or write: the disk, not the filesystem, is the fault`, run), cause: 'disk error' };
      case 'too small':
        return { ...this.#held(`${device} is smaller than the filesystem on it`, run), cause: 'too small' };
      case 'timed out':
        return { ...this.#held(`e2fsck of ${device} said nothing for ${duration(this.#options.silenceMs)}`, run), cause: 'cancelled' };
      default:
        return { ...this.#held(`e2fsck of ${device}: ${describeRun(run.ran)}`, run), cause: 'cancelled' };
    }
  }

  #held(reason: string, run: E2fsckRun, findings: Findings = run.findings): LadderResult {
    return { ...this.#result('held', reason), findings, evidence: run.said.slice(-EVIDENCE_LINES) };
  }

  #result(outcome: LadderResult['outcome'], reason: string): LadderResult {
    return { outcome, reason, findings: noFindings, evidence: [], rungs: this.#rungs };
  }
}

const roundsOf = (count: number): string => `${count} ${count === 1 ? 'round' : 'rounds'}`;
const notClean = (device: string, { end }: E2fsckRun, round: number): string =>
  end === 'bad superblock'
    ? `neither the superblock of ${device} nor a backup of it can be used`
    : `still not clean after ${roundsOf(round)} of repairing ${device}`;
const duration = (ms: number): string => (ms >= 3_600_000 ? `${Math.round(ms / 360_000) / 10} h` : `${Math.round(ms / 1000)} s`);

/** Ends after which nothing more is done, whatever the policy. */
const mustStop = ({ end }: E2fsckRun): boolean => ['disk error', 'too small', 'cancelled', 'timed out'].includes(end);

/** Word for word what it found before: another round would find it again. */
const isSame = (one: E2fsckRun, other: E2fsckRun): boolean => one.said.join('\n') === other.said.join('\n');
