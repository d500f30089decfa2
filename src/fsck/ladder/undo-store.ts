/**
 * The way back from a repair: one e2fsck undo file (e2fsck(8) -z) for each run that may write, and a record of their order.
 * INVARIANT: a run is in the record before it writes its first block, so whatever kills it leaves a way back.
 */
import type { Sys } from '../../sys/sys.ts';
import { copyOut, hashOfSmall } from './copy-bytes.ts';
import { copySuperblock, sealOf } from './superblock-seal.ts';
import { filesOf, readUndoRecord, UNDO_COPY, UNDO_RECORD, type UndoRecord, type UndoStep } from './undo-record.ts';
import { forgetUndo } from './undo-repair.ts';

const UNDO_MS = 3_600_000;
/** Header and superblock of an undo file, in blocks of the largest size. */
const HEAD_BYTES = 2 * 65_536;

/** Begins a record, or goes on with the one that is there, unless the filesystem was used since: that state nobody wants back. Throws SysError when nothing can be written there. */
export async function openUndoStore(sys: Sys, directory: string, target: string): Promise<UndoStore> {
  await sys.makeDir(directory, 0o700);
  const known = await readUndoRecord(sys, directory);
  if (known !== undefined && !(await isOutdated(sys, known))) return new UndoStore(sys, directory, known);
  if (known !== undefined) {
    await forgetUndo(sys, directory, known);
    await sys.makeDir(directory, 0o700);
  }
  const sha256 = await hashOfSmall(sys, target, directory);
  return new UndoStore(sys, directory, { version: 1, target, ...(sha256 === undefined ? {} : { sha256 }), steps: [] });
}

export class UndoStore {
  readonly directory: string;
  readonly #sys: Sys;
  #record: UndoRecord;

  constructor(sys: Sys, directory: string, record: UndoRecord) {
    this.#sys = sys;
    this.directory = directory;
    this.#record = record;
  }

  get steps(): number {
    return this.#record.steps.length;
  }

  /** Whether every step can be taken back. */
  get trusted(): boolean {
    return this.#record.copy !== undefined || this.#record.steps.every(({ readable }) => readable === true);
  }

  /**
   * Before the first run that answers yes: copies the whole, where there is room. Undo files alone fail with a crash of e2fsck. Resolves
   * with whether the whole as it was can be put back, whatever becomes of the undo files.
   */
  async protect(): Promise<boolean> {
    const { target, sha256, steps, copy } = this.#record;
    if (copy !== undefined) return true;
    if (sha256 === undefined || (steps.length > 0 && !this.trusted)) return false;
    if (!(await copyOut(this.#sys, target, this.directory, UNDO_COPY))) {
      await this.#sys.remove(`${this.directory}/${UNDO_COPY}`);
      return false;
    }
    // What preen changed is in its own undo file: the copy is of what lies before the next step.
    this.#record = { ...this.#record, copy: UNDO_COPY, copyBefore: steps.length };
    await this.#write(steps);
    return true;
  }

  /** After the last run: the copy goes when the undo files are as good. */
  async settle(): Promise<void> {
    const { copy, copyBefore: _, ...record } = this.#record;
    if (copy === undefined || !record.steps.every(({ readable }) => readable === true)) return;
    this.#record = record;
    await this.#write(record.steps);
    await this.#sys.remove(`${this.directory}/${copy}`);
  }

  /** Records a run that is to come and keeps no undo file: the copy is its way back. */
  async beginCopied(argv: readonly string[]): Promise<void> {
    await this.#write([...this.#record.steps, { argv }]);
  }

  /** Records a run that is to come; `argvFor` makes its command line from the path of its undo file. */
  async begin(argvFor: (undoFile: string) => readonly string[]): Promise<string> {
    const name = `step-${this.#record.steps.length + 1}`;
    const [file, superblock] = [`${name}.e2undo`, `${name}.superblock`];
    const path = `${this.directory}/${file}`;
    await this.#sys.remove(path);
    await copySuperblock(this.#sys, this.#record.target, `${this.directory}/${superblock}`, 'save');
    await this.#write([...this.#record.steps, { file, superblock, argv: argvFor(path) }]);
    return path;
  }

  /** The run of the last `begin` is over. One that wrote nothing leaves no step. */
  async end(): Promise<void> {
    const last = this.#record.steps.at(-1);
    if (last === undefined) return;
    const before = this.#record.steps.slice(0, -1);
    const state = last.file === undefined ? 'damaged' : await inspect(this.#sys, `${this.directory}/${last.file}`, this.#record.target);
    if (state === 'empty') {
      for (const name of filesOf(last)) await this.#sys.remove(`${this.directory}/${name}`);
      return this.#write(before);
    }
    await this.#write([...before, { ...last, seal: await sealOf(this.#sys, this.#record.target), readable: state === 'readable' }]);
  }

  async #write(steps: readonly UndoStep[]): Promise<void> {
    this.#record = { ...this.#record, steps };
    await this.#sys.writeAtomic(`${this.directory}/${UNDO_RECORD}`, `${JSON.stringify(this.#record, null, 2)}\n`);
  }
}

/** Mounted or changed since the last run: what was repaired now cannot be taken back together with what was repaired then. */
async function isOutdated(sys: Sys, { target, steps }: UndoRecord): Promise<boolean> {
  const seal = steps.at(-1)?.seal;
  return seal !== undefined && seal !== (await sealOf(sys, target));
}

/** `empty`: no file, or one without a header, because e2fsck could not even open the filesystem: the header is written before the first block is. */
async function inspect(sys: Sys, file: string, target: string): Promise<'empty' | 'readable' | 'damaged'> {
  const facts = await sys.facts(file);
  if (facts === undefined || facts.size === 0) return 'empty';
  const ran = await sys.run(['e2undo', '-n', '-f', file, target], { timeoutMs: UNDO_MS });
  if (ran.code === 0) return 'readable';
  const headless = /Corrupt undo file header|Not an undo file/.test(`${ran.stdout}${ran.stderr}`);
  return headless && facts.size <= HEAD_BYTES ? 'empty' : 'damaged';
}
