/**
 * The way back from a repair whose program keeps no undo file: a copy of the whole filesystem, made before it is written.
 * INVARIANT: the record stands only beside a complete copy.
 */
import { type Sys, SysError } from '../../sys/sys.ts';
import { copyBytes, findRoomFault, hashOf, sizeOf } from './copy-bytes.ts';
import type { Undone } from './undo-record.ts';

interface CopyRecord {
  readonly version: 1;
  readonly target: string;
  /** SHA-256 of the copy. */
  readonly before: string;
  /** The target's when the repair had ended; absent when it was killed. */
  readonly after?: string;
}

const RECORD = 'copy.json';
const COPY = 'whole.img';

/** Copies the target, unless a copy of an earlier repair is there. Resolves with why it cannot, or undefined when the way back stands. */
export async function keepWholeCopy(sys: Sys, directory: string, target: string): Promise<string | undefined> {
  try {
    await sys.makeDir(directory, 0o700);
    if ((await readCopyRecord(sys, directory)) !== undefined) return undefined;
    const bytes = await sizeOf(sys, target);
    const fault = bytes === undefined ? `the size of ${target} is not known` : await findRoomFault(sys, directory, bytes);
    if (fault !== undefined) return fault;
    const copied = await copyBytes(sys, target, `${directory}/${COPY}`);
    const before = copied === undefined ? await hashOf(sys, `${directory}/${COPY}`) : undefined;
    if (before === undefined || before !== (await hashOf(sys, target))) {
      await sys.remove(`${directory}/${COPY}`);
      return `${target} cannot be copied to ${directory}: ${copied ?? 'the copy is not the same'}`;
    }
    await writeRecord(sys, directory, { version: 1, target, before });
    return undefined;
  } catch (error) {
    return `no copy can be kept in ${directory}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The repair is over: what is changed from now on is not its work. A copy nothing was changed after is of no use, and goes. */
export async function sealWholeCopy(sys: Sys, directory: string): Promise<'changed' | 'unchanged'> {
  const record = await readCopyRecord(sys, directory);
  if (record === undefined) return 'unchanged';
  const after = await hashOf(sys, record.target);
  if (after === record.before) {
    await forgetCopy(sys, directory);
    return 'unchanged';
  }
  await writeRecord(sys, directory, { ...record, ...(after === undefined ? {} : { after }) });
  return 'changed';
}

/** Undefined when there is none. Throws SysError EPROTO for a record that is not one of ours. */
export async function readCopyRecord(sys: Sys, directory: string): Promise<CopyRecord | undefined> {
  const file = `${directory}/${RECORD}`;
  const text = await sys.readText(file);
  if (text === undefined) return undefined;
  try {
    const record: unknown = JSON.parse(text);
    if (isRecord(record)) return record;
  } catch {
    // Told below.
  }
  throw new SysError('EPROTO', file, `${file} is not a record of a copy`);
}

/** Puts the copy back and proves it. A target that was changed since the repair is refused, unless forced. */
export async function restoreWholeCopy(sys: Sys, directory: string, { force = false } = {}): Promise<Undone> {
  const record = await readCopyRecord(sys, directory);
  if (record === undefined) return { outcome: 'failed', reason: `${directory} holds no repair to take back`, evidence: [] };
  const { target, before, after } = record;
  if (!force && after !== undefined && after !== (await hashOf(sys, target))) {
    const reason = `${target} was mounted or changed since it was repaired: taking back would mix two states (--force does it all the same)`;
    return { outcome: 'failed', reason, evidence: [] };
  }
  const fault = await copyBytes(sys, `${directory}/${COPY}`, target);
  if (fault !== undefined || (await hashOf(sys, target)) !== before) {
    const reason = `${target} is not what it was before: ${fault ?? `its SHA-256 is not ${before}`}`;
    return { outcome: 'failed', reason, evidence: [`the copy stays in ${directory}`] };
  }
  await forgetCopy(sys, directory);
  return { outcome: 'restored', steps: 1, proof: `SHA-256 ${before} as before` };
}

export async function forgetCopy(sys: Sys, directory: string): Promise<void> {
  for (const name of [RECORD, COPY]) await sys.remove(`${directory}/${name}`);
  await sys.remove(directory).catch(() => undefined);
}

async function writeRecord(sys: Sys, directory: string, record: CopyRecord): Promise<void> {
  await sys.writeAtomic(`${directory}/${RECORD}`, `${JSON.stringify(record, null, 2)}\n`);
}

function isRecord(value: unknown): value is CopyRecord {
  const [version, target, before] =
    typeof value === 'object' && value !== null ? ['version', 'target', 'before'].map((key) => Reflect.get(value, key)) : [];
  return version === 1 && typeof target === 'string' && typeof before === 'string';
}
