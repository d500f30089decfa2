/**
 * The check of a filesystem that is not ext, by its own checker: a look, what its maker calls safe, and by policy a repair with a copy
 * of before. INVARIANTS: nothing is written under `hold`; no repair that can lose data without a copy; a device that fails is never
 * written; a log is replayed by a mount alone, and never thrown away.
 */
import type { Held } from '../sys/phase-result.ts';
import { type Ran, type Sys, SysError } from '../sys/sys.ts';
import { type CheckEnd, type Checker, type CheckMode, findChecker, whyUnchecked } from './checkers.ts';
import { findDiskFault } from './disk-evidence.ts';
import { describeRun, isDiskError } from './ladder/e2fsck.ts';
import type { LadderOptions, LadderResult } from './ladder/repair-ladder.ts';
import { Silence } from './ladder/silence.ts';
import { keepWholeCopy, sealWholeCopy } from './ladder/undo-copy.ts';
import { replayLog } from './replay-log.ts';

export interface OtherOptions extends Omit<LadderOptions, 'onProgress' | 'onRun'> {
  /** As blkid or fstab calls it. */
  readonly type: string;
  /** What it is to be mounted with: a log on another device lets nobody try. */
  readonly mountOptions?: readonly string[];
  /** Told as each run begins, and as it has ended. */
  readonly onRung?: (rung: string) => void;
  readonly onRun?: (rung: string, run: { readonly ran: Ran }) => void;
}

export interface OtherResult extends Pick<LadderResult, 'reason' | 'cause' | 'evidence' | 'rungs' | 'undoDirectory'> {
  /** `unchecked`: its maker wants no check here, or nobody has one. It may be mounted. */
  readonly outcome: 'clean' | 'repaired' | 'held' | 'unchecked';
  /** Present when its program is not there. */
  readonly missing?: { readonly program: string; readonly packageName: string };
  readonly advice: Held['advice'];
}

const EVIDENCE_LINES = 20;

/** Never throws for a program that is missing: the result says which, and in what package it is. */
export async function checkOther(sys: Sys, options: OtherOptions): Promise<OtherResult> {
  const checker = findChecker(options.type);
  const none = { evidence: [], rungs: [], advice: [] };
  if (checker === undefined) return { ...none, outcome: 'unchecked', reason: whyUnchecked(options.type) ?? 'checked elsewhere' };
  const triesMount = checker.replaysByMount && options.policy !== 'hold' && !options.mountOptions?.some((option) => untriable.test(option));
  if (!options.full && checker.notAtBoot !== undefined && !triesMount)
    return { ...none, outcome: 'unchecked', reason: `no check for ${options.type}: ${checker.notAtBoot}` };
  return await new OtherCheck(sys, checker, options).check();
}

/** xfs(5): the filesystem is not on this device alone, or its log is not to be replayed. */
const untriable = /^(logdev|rtdev)=|^norecovery$/;

interface Run {
  readonly ran: Ran;
  readonly end: CheckEnd | 'disk error' | 'cancelled' | 'timed out';
  readonly said: readonly string[];
}

class OtherCheck {
  readonly #sys: Sys;
  readonly #checker: Checker;
  readonly #options: OtherOptions;
  readonly #rungs: string[] = [];
  #refused: string | undefined;
  #copied = false;
  #corrected = false;

  constructor(sys: Sys, checker: Checker, options: OtherOptions) {
    this.#sys = sys;
    this.#checker = checker;
    this.#options = options;
  }

  async check(): Promise<OtherResult> {
    const result = await this.#begin().catch((error: unknown) => {
      if (!(error instanceof SysError) || error.code !== 'ENOENT') throw error;
      return this.#missing(error.subject);
    });
    const changed = this.#copied && (await sealWholeCopy(this.#sys, this.#options.undoDirectory)) === 'changed';
    if (!changed) return result;
    const { undoDirectory } = this.#options;
    const told = result.outcome === 'repaired' ? `${result.reason}, undo in ${undoDirectory}` : result.reason;
    return { ...result, reason: told, undoDirectory };
  }

  /** Where its maker wants no check before a mount, a mount is tried first, and only what it refuses is looked at. */
  async #begin(): Promise<OtherResult> {
    const { device, type, full, onRung } = this.#options;
    if (full || this.#checker.notAtBoot === undefined) return await this.#climb();
    onRung?.('mount');
    const sinceMs = this.#sys.uptimeMs();
    this.#refused = await replayLog(this.#sys, device, type, 'ro');
    this.#rungs.push(`mount: ${this.#refused ?? 'went well'}`);
    if (this.#refused === undefined)
      return this.#result('unchecked', `no check for ${type}: ${this.#checker.notAtBoot}, and one went well`);
    const disk = isDiskError(this.#refused) || (await findDiskFault(this.#sys, device, sinceMs)).length > 0;
    return disk ? this.#diskError([]) : await this.#climb();
  }

  async #climb(): Promise<OtherResult> {
    const { device, policy, full, undoPreen } = this.#options;
    if (policy !== 'hold' && this.#checker.preen !== undefined) {
      const fault = undoPreen ? await this.#copy() : undefined;
      if (fault !== undefined) return this.#noCopy(fault);
      const preened = await this.#run('preen', this.#checker.preen);
      if (mustStop(preened)) return this.#stopped(preened);
      if (preened.end === 'clean' && !full) return this.#good('clean');
    }
    const looked = await this.#lookBehindLog();
    if ('outcome' in looked) return looked;
    if (looked.end === 'clean' && this.#refused !== undefined)
      return this.#held(
        `${device} cannot be mounted, and ${looked.ran.argv.slice(0, -1).join(' ')} finds nothing wrong with it`,
        looked.said,
      );
    if (looked.end === 'clean') return this.#good(this.#corrected ? 'errors corrected' : 'clean');
    if (mustStop(looked)) return this.#stopped(looked);
    if (policy !== 'undo-yes' || this.#checker.repair === undefined) return this.#leftErrors(looked);
    return await this.#repair(this.#checker.repair);
  }

  /** A look; where a log is in its way, that is replayed first if the policy lets anything be written. */
  async #lookBehindLog(): Promise<Run | OtherResult> {
    const { device, policy, type, undoPreen } = this.#options;
    const looked = await this.#run('look', this.#checker.look);
    if (looked.end !== 'dirty log') return looked;
    if (policy === 'hold')
      return this.#held(`the log of ${device} holds changes that were not replayed, and nothing else can be told before`, looked.said);
    const fault = undoPreen ? await this.#copy() : undefined;
    if (fault !== undefined) return this.#noCopy(fault);
    const sinceMs = this.#sys.uptimeMs();
    const failed = await replayLog(this.#sys, device, type);
    this.#rungs.push(`replay: ${failed === undefined ? 'log replayed by a mount' : failed}`);
    if (failed !== undefined) {
      const disk = isDiskError(failed) || (await findDiskFault(this.#sys, device, sinceMs)).length > 0;
      return disk ? this.#diskError([failed]) : this.#held(`the log of ${device} cannot be replayed: ${failed}`, looked.said);
    }
    this.#corrected = true;
    this.#refused = undefined;
    return await this.#run('look', this.#checker.look);
  }

  async #repair(argvFor: (device: string) => readonly string[]): Promise<OtherResult> {
    const fault = await this.#copy();
    if (fault !== undefined) return this.#noCopy(fault);
    const repaired = await this.#run('repair', argvFor);
    if (mustStop(repaired)) return this.#stopped(repaired);
    const looked = await this.#run('look', this.#checker.look);
    if (looked.end === 'clean') return this.#good('errors corrected');
    return mustStop(looked) ? this.#stopped(looked) : this.#leftErrors(looked);
  }

  async #copy(): Promise<string | undefined> {
    if (this.#copied) return undefined;
    const { device, undoDirectory } = this.#options;
    const fault = await keepWholeCopy(this.#sys, undoDirectory, device);
    this.#copied = fault === undefined;
    return fault;
  }

  async #run(rung: CheckMode, argvFor: (device: string) => readonly string[]): Promise<Run> {
    const { device, silenceMs, signal, onStart, onRung, onRun } = this.#options;
    onRung?.(rung);
    using silence = new Silence(this.#sys, silenceMs);
    onStart?.(() => silence.broken());
    const sinceMs = this.#sys.uptimeMs();
    const ends = signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]);
    const ran = await this.#sys.run(argvFor(device), {
      timeoutMs: Number.MAX_SAFE_INTEGER,
      onLine: () => silence.broken(),
      signal: ends,
    });
    const said = `${ran.stdout}\n${ran.stderr}`.split(/[\r\n]+/).filter((line) => line.trim() !== '');
    let end: Run['end'] = 'failed';
    if (said.some(isDiskError)) end = 'disk error';
    else if (ran.code === null && signal?.aborted) end = 'cancelled';
    else if (ran.code === null && silence.signal.aborted) end = 'timed out';
    else if (ran.code !== null) end = this.#checker.judge(rung, ran.code, said.join('\n'));
    // Some of these programs say nothing of a block that cannot be read: the kernel does.
    if ((end === 'failed' || end === 'errors') && (await findDiskFault(this.#sys, device, sinceMs)).length > 0) end = 'disk error';
    if (end === 'corrected') this.#corrected = true;
    this.#rungs.push(`${rung}: ${ran.argv.join(' ')}: ${ran.code === null ? describeRun(ran) : `exit ${ran.code}, ${end}`}`);
    onRun?.(rung, { ran });
    return { ran, end, said };
  }

  #good(reason: string): OtherResult {
    return this.#result(this.#corrected ? 'repaired' : 'clean', this.#corrected && reason === 'clean' ? 'errors corrected' : reason);
  }

  #leftErrors({ ran, said }: Run): OtherResult {
    const { device, type } = this.#options;
    const never = this.#checker.repair === undefined ? `, and nothing repairs ${type} unasked` : '';
    return this.#held(`${ran.argv.slice(0, -1).join(' ')} of ${device}: errors are left (exit ${ran.code})${never}`, said);
  }

  #stopped({ ran, end, said }: Run): OtherResult {
    const { device } = this.#options;
    if (end === 'disk error') return this.#diskError(said);
    const name = ran.argv[0] ?? 'the check';
    if (end === 'timed out') return { ...this.#held(`${name} of ${device} said nothing for too long`, said), cause: 'cancelled' };
    if (end === 'cancelled') return { ...this.#held(`${name} of ${device} was cancelled`, said), cause: 'cancelled' };
    return this.#held(`${name} of ${device} could not do its work: ${ran.code === null ? describeRun(ran) : `exit ${ran.code}`}`, said);
  }

  #diskError(said: readonly string[]): OtherResult {
    const reason = `${this.#options.device} fails to read or write: the disk, not the filesystem, is the fault`;
    return { ...this.#held(reason, said), cause: 'disk error', advice: [] };
  }

  #noCopy(fault: string): OtherResult {
    const { device } = this.#options;
    const held = this.#held(`${fault}, and nothing is repaired without one`, []);
    const command = `lifeboot fsck repair ${device}`;
    const elsewhere = { command: `${command} --undo-dir DIR`, does: 'repairs with a copy of before in DIR, on a disk with room for it' };
    const advice = held.advice.map((each) => (each.command === command ? elsewhere : each));
    const bare = this.#checker.repair?.(device).join(' ');
    return {
      ...{ ...held, cause: 'no undo' },
      advice: bare === undefined ? advice : [...advice, { command: bare, does: 'repairs it at once, and there is no way back' }],
    };
  }

  #missing(subject: string): OtherResult {
    const { packageName, look } = this.#checker;
    const program = subject.slice(subject.lastIndexOf('/') + 1);
    const name = program === look('')[0] ? packageName : program;
    const reason = `no check for ${this.#options.type}: ${program} is neither in the toolbox nor on the root (package ${name})`;
    return { ...this.#result('unchecked', reason), missing: { program, packageName: name } };
  }

  #held(reason: string, said: readonly string[]): OtherResult {
    const refused = this.#refused === undefined ? [] : [this.#refused];
    const evidence = [...refused, ...said.slice(-EVIDENCE_LINES)];
    return { ...this.#result('held', reason), evidence, advice: this.#checker.advise(this.#options.device) };
  }

  #result(outcome: OtherResult['outcome'], reason: string): OtherResult {
    return { outcome, reason, evidence: [], advice: [], rungs: this.#rungs };
  }
}

const mustStop = ({ end }: Run): boolean => ['disk error', 'cancelled', 'timed out', 'failed'].includes(end);
