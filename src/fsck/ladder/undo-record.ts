/** What is written down of a repair: which runs there were, and where the way back of each lies. */
import { type Sys, SysError } from '../../sys/sys.ts';

export interface UndoStep {
  /** Name within the directory; absent where only the copy is a way back. */
  readonly file?: string;
  /** The primary superblock of before, beside it. */
  readonly superblock?: string;
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
  /** Of the whole image or device before the first step; a large device has none. */
  readonly sha256?: string;
  /** A copy of the whole as it was before step number `copyBefore` (from 0), kept only where an undo file is of no use. */
  readonly copy?: string;
  readonly copyBefore?: number;
  readonly steps: readonly UndoStep[];
}

export type Undone =
  | { readonly outcome: 'restored'; readonly steps: number; readonly proof: string }
  | { readonly outcome: 'failed'; readonly reason: string; readonly evidence: readonly string[] };

export const UNDO_RECORD = 'undo.json';
export const UNDO_COPY = 'before.img';

/** Where the undo files of a target are kept: below `base` for a device, beside it for an image, which has no base. */
export function undoDirectoryOf(target: string, base: string | undefined): string {
  return base !== undefined ? `${base}/${target.replace(/^\/+/, '').replaceAll('/', '-')}` : `${target}.undo`;
}

/** Undefined when nothing was ever recorded. Throws SysError EPROTO for a record that is not one of ours. */
export async function readUndoRecord(sys: Sys, directory: string): Promise<UndoRecord | undefined> {
  const text = await sys.readText(`${directory}/${UNDO_RECORD}`);
  if (text === undefined) return undefined;
  try {
    const record: unknown = JSON.parse(text);
    if (isRecord(record)) return record;
  } catch {
    // Told below.
  }
  throw new SysError('EPROTO', `${directory}/${UNDO_RECORD}`, `${directory}/${UNDO_RECORD} is not a record of a repair`);
}

/** Names within the directory. */
export const filesOf = ({ file, superblock }: UndoStep): readonly string[] => [file, superblock].filter((name) => name !== undefined);

function isRecord(value: unknown): value is UndoRecord {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1 && 'target' in value && 'steps' in value;
}
