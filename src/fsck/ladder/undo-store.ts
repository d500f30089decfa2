/**
 * The way back from a repair: one e2fsck undo file (e2fsck(8) -z) for each run that may write, and a record of their order.
 * INVARIANT: a run is in the record before it writes its first block, so whatever kills it leaves a way back.
 */
import { createHash } from 'node:crypto';
import { type Sys, SysError } from '../../sys/sys.ts';

export interface UndoStep {
  /** Name within the directory. */
  readonly file: string;
  /** The primary superblock of before, beside it. */
  readonly superblock: string;
  readonly argv: readonly string[];
  /** The superblock when the run had ended; absent when it was killed. */
  readonly seal?: string;
  /** e2undo(8) could read it to its end: an e2fsck that crashes can leave one that it cannot. */
  readonly readable?: boolean;
}

export interface UndoRecord {
  readonly version: 1;
  /** The device or image. */
  readonly target: string;
  /** Of the whole image before the first step; devices have none. */
  readonly sha256?: string;
  /** A copy of the whole image as it was before step number `copyBefore` (from 0), kept only where an undo file is of no use. */
  readonly copy?: string;
  readonly copyBefore?: number;
  readonly steps: readonly UndoStep[];
}

export type Undone =
  | { readonly outcome: 'restored'; readonly steps: number; readonly proof: string }
  | { readonly outcome: 'failed'; readonly reason: string; readonly evidence: readonly string[] };

const RECORD = 'undo.json';
const COPY = 'before.img';
const UNDO_MS = 3_600_000;
const HASH_MS = 3_600_000;
const SEAL_MS = 60_000;

/** Where the undo files of a target are kept: below `base` for a device, beside it for an image, which has no base. */
export function undoDirectoryOf(target: string, base: string | undefined): string {
  return base !== undefined ? `${base}/${target.replace(/^\/+/, '').replaceAll('/', '-')}` : `${target}.undo`;
}

/** Undefined when nothing was ever recorded. Throws SysError EPROTO for a record that is not one of ours. */
export async function readUndoRecord(sys: Sys, directory: string): Promise<UndoRecord | undefined> {
  const text = await sys.readText(`${directory}/${RECORD}`);
  if (text === undefined) return undefined;
  try {
    const record: unknown = JSON.parse(text);
    if (isRecord(record)) return record;
  } catch {
    // Told below.
  }
  throw new SysError('EPROTO', `${directory}/${RECORD}`, `${directory}/${RECORD} is not a record of a repair`);
}

/** Begins a record, or goes on with the one that is there. Throws SysError when nothing can be written there. */
export async function openUndoStore(sys: Sys, directory: string, target: string): Promise<UndoStore> {
  await sys.makeDir(directory, 0o700);
  const known = await readUndoRecord(sys, directory);
  if (known !== undefined) return new UndoStore(sys, directory, known);
  const sha256 = await hashOf(sys, target);
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

  /** Before the first run that answers yes: copies the image, where it is one and there is room. Undo files alone fail with a crash of e2fsck. */
  async protect(): Promise<void> {
    const { target, sha256, steps, copy } = this.#record;
    if (sha256 === undefined || copy !== undefined) return;
    if (steps.length > 0 && !this.trusted) return;
    const path = `${this.directory}/${COPY}`;
    const copied = await copyFile(this.#sys, target, path);
    if (!copied) return this.#sys.remove(path);
    // What preen changed is in its own undo file: the copy is of what lies before the next step.
    this.#record = { ...this.#record, copy: COPY, copyBefore: steps.length };
    await this.#write(steps);
  }

  /** After the last run: the copy goes when the undo files are as good. */
  async settle(): Promise<void> {
    const { copy, copyBefore: _, ...record } = this.#record;
    if (copy === undefined || !record.steps.every(({ readable }) => readable === true)) return;
    this.#record = record;
    await this.#write(record.steps);
    await this.#sys.remove(`${this.directory}/${copy}`);
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
    const state = await inspect(this.#sys, `${this.directory}/${last.file}`, this.#record.target);
    if (state === 'empty') {
      for (const name of [last.file, last.superblock]) await this.#sys.remove(`${this.directory}/${name}`);
      return this.#write(before);
    }
    await this.#write([...before, { ...last, seal: await sealOf(this.#sys, this.#record.target), readable: state === 'readable' }]);
  }

  async #write(steps: readonly UndoStep[]): Promise<void> {
    this.#record = { ...this.#record, steps };
    await this.#sys.writeAtomic(`${this.directory}/${RECORD}`, `${JSON.stringify(this.#record, null, 2)}\n`);
  }
}

/**
 * Takes every recorded step back, the last first, and proves by the checksum of before where there is one. A filesystem that was
 * mounted or changed since is refused, unless forced. e2undo(8) itself would also refuse what e2fsck left when it gave up half-way,
 * so the seal is compared here, and e2undo is always told to go on.
 */
export async function undoRepair(sys: Sys, directory: string, { force = false } = {}): Promise<Undone> {
  const record = await readUndoRecord(sys, directory);
  if (record === undefined) return { outcome: 'failed', reason: `${directory} holds no repair to take back`, evidence: [] };
  const seal = record.steps.at(-1)?.seal;
  if (!force && seal !== undefined && seal !== (await sealOf(sys, record.target))) {
    const reason = `${record.target} was mounted or changed since it was repaired: taking back would mix two states (--force does it all the same)`;
    return { outcome: 'failed', reason, evidence: [] };
  }
  const { copy, copyBefore = 0 } = record;
  if (copy !== undefined && !(await copyFile(sys, `${directory}/${copy}`, record.target)))
    return { outcome: 'failed', reason: `${directory}/${copy} cannot be copied back to ${record.target}`, evidence: [] };
  const steps = copy === undefined ? record.steps : record.steps.slice(0, copyBefore);
  for (const step of [...steps].reverse()) {
    const argv = ['e2undo', '-f', `${directory}/${step.file}`, record.target];
    const ran = await sys.run(argv, { timeoutMs: UNDO_MS });
    if (ran.code === 0) {
      await copySuperblock(sys, record.target, `${directory}/${step.superblock}`, 'restore');
      continue;
    }
    const evidence = `${ran.stdout}\n${ran.stderr}`.split('\n').filter((line) => line.trim() !== '');
    return { outcome: 'failed', reason: `${argv.join(' ')}: exit ${ran.code ?? ran.signal}`, evidence: evidence.slice(-10) };
  }
  const proof = await proveRestored(sys, record);
  if (proof === undefined) {
    const reason = `${record.target} is not what it was before: its SHA-256 is not ${record.sha256}`;
    return { outcome: 'failed', reason, evidence: [`the undo files stay in ${directory}`] };
  }
  await forgetUndo(sys, directory, record);
  return { outcome: 'restored', steps: record.steps.length, proof };
}

/** Removes the way back: the repair is accepted. */
export async function forgetUndo(sys: Sys, directory: string, { steps }: UndoRecord): Promise<void> {
  for (const name of steps.flatMap(({ file, superblock }) => [file, superblock])) await sys.remove(`${directory}/${name}`);
  for (const name of [COPY, RECORD]) await sys.remove(`${directory}/${name}`);
  await sys.remove(directory).catch(() => undefined);
}

async function proveRestored(sys: Sys, { target, sha256 }: UndoRecord): Promise<string | undefined> {
  if (sha256 === undefined) return 'by e2undo';
  return (await hashOf(sys, target)) === sha256 ? `SHA-256 ${sha256} as before` : undefined;
}

/** Of a regular file; a device would take hours for a proof that e2undo's own checksums give block by block. */
async function hashOf(sys: Sys, target: string): Promise<string | undefined> {
  if ((await sys.facts(target))?.kind !== 'file') return undefined;
  const ran = await sys.run(['sha256sum', target], { timeoutMs: HASH_MS });
  return ran.code === 0 ? /^\\?([0-9a-f]{64})\b/.exec(ran.stdout)?.[1] : undefined;
}

/**
 * After a run that did not end well e2undo(8) puts everything back and then marks the filesystem "run e2fsck" in its superblock, which
 * is not what stood there before. The superblock is the 1024 bytes after the first 1024. Throws SysError EIO.
 */
async function copySuperblock(sys: Sys, target: string, file: string, direction: 'save' | 'restore'): Promise<void> {
  const ends =
    direction === 'save' ? [`if=${target}`, `of=${file}`, 'skip=1'] : [`if=${file}`, `of=${target}`, 'seek=1', 'conv=notrunc,fsync'];
  const ran = await sys.run(['dd', 'bs=1024', 'count=1', ...ends], { timeoutMs: SEAL_MS });
  if (ran.code !== 0) throw new SysError('EIO', target, `cannot ${direction} the superblock of ${target}: ${ran.stderr.trim()}`);
}

/** Changes with every mount and every write to the superblock: mount count, times, free counts, checksum. */
async function sealOf(sys: Sys, target: string): Promise<string> {
  const ran = await sys.run(['dumpe2fs', '-h', target], { timeoutMs: SEAL_MS });
  return createHash('sha256').update(`${ran.stdout}${ran.stderr}`).digest('hex');
}

/** `empty`: no file, or one without a header, because e2fsck could not even open the filesystem and so wrote nothing. */
async function inspect(sys: Sys, file: string, target: string): Promise<'empty' | 'readable' | 'damaged'> {
  const facts = await sys.facts(file);
  if (facts === undefined || facts.size === 0) return 'empty';
  const ran = await sys.run(['e2undo', '-n', '-f', file, target], { timeoutMs: UNDO_MS });
  if (ran.code === 0) return 'readable';
  return /Corrupt undo file header/.test(`${ran.stdout}${ran.stderr}`) ? 'empty' : 'damaged';
}

/** GNU cp shares blocks or keeps holes where it can; busybox cp knows neither word. False when there is no room. */
async function copyFile(sys: Sys, from: string, to: string): Promise<boolean> {
  const sparing = await sys.run(['cp', '--reflink=auto', '--sparse=always', from, to], { timeoutMs: HASH_MS });
  if (sparing.code === 0) return true;
  return (await sys.run(['cp', from, to], { timeoutMs: HASH_MS })).code === 0;
}

function isRecord(value: unknown): value is UndoRecord {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1 && 'target' in value && 'steps' in value;
}
