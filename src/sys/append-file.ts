/** A file in memory that only grows, by whole lines. Synchronous, as all of memory-files.ts: nothing there can stall. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { FILE_MODE } from './files.ts';
import { asSysError } from './sys.ts';

export interface AppendFile {
  readonly bytes: number;
  /** Adds all of the text or nothing of it. Throws SysError, ENOSPC for one. */
  append(text: string): void;
  /** What is added later is lost. */
  close(): void;
}

/** Creates it, mode 0600. Throws SysError, EEXIST for a name that is taken. */
export function createAppendFile(path: string): AppendFile {
  let fd: number | undefined = named(path, () => openSync(path, 'ax', FILE_MODE));
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    append(text) {
      if (fd !== undefined) bytes += appendWhole(path, fd, text, bytes);
    },
    close() {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

/** How much of a line is looked at to tell what it is. */
const GLANCE_BYTES = 4096;

/**
 * Cuts off a line that a crash left without its end, and adds what `endOf` makes of the beginning of the last whole one: lines of its
 * own, or nothing. Throws SysError.
 */
export function appendAfterCrash(path: string, endOf: (lastLine: string) => string): void {
  named(path, () => {
    const fd = openSync(path, 'r+');
    try {
      const whole = endOfLine(fd, fstatSync(fd).size);
      const lastStart = endOfLine(fd, whole - 1);
      const glance = Buffer.alloc(Math.max(0, Math.min(GLANCE_BYTES, whole - 1 - lastStart)));
      readSync(fd, glance, 0, glance.length, lastStart);
      ftruncateSync(fd, whole);
      writeSync(fd, endOf(glance.toString()), whole);
    } finally {
      closeSync(fd);
    }
  });
}

function appendWhole(path: string, fd: number, text: string, before: number): number {
  const chunk = Buffer.from(text);
  try {
    for (let offset = 0; offset < chunk.length; ) offset += writeSync(fd, chunk, offset);
    return chunk.length;
  } catch (error) {
    ftruncateSync(fd, before);
    throw asSysError(error, path);
  }
}

/** Behind the last newline within the first `size` bytes. */
function endOfLine(fd: number, size: number): number {
  const block = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - block.length);
    const read = readSync(fd, block, 0, end - start, start);
    const newline = block.subarray(0, read).lastIndexOf('\n');
    if (newline >= 0) return start + newline + 1;
    end = start;
  }
  return 0;
}

function named<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asSysError(error, path);
  }
}
