/** What the two ways to reach files have in common: see memory-files.ts and disk-files.ts. */
import { constants, type Stats } from 'node:fs';
import type { FileFacts, FileKind, Sys } from './sys.ts';

/** The verbs of `Sys` that are about files. */
export type Files = Pick<
  Sys,
  'readText' | 'readBytes' | 'listDir' | 'facts' | 'writeAtomic' | 'appendLine' | 'patchBytes' | 'makeDir' | 'remove'
>;

export const FILE_MODE = 0o600;
/** open(2) for `patchBytes`: nothing is created. */
export const patchFlags = (at: number | 'end'): number => constants.O_WRONLY | (at === 'end' ? constants.O_APPEND : 0);
export const DIRECTORY_MODE = 0o755;

/** Nothing has this name: it is missing, or something on the way to it is no directory. */
export function isAbsent(error: unknown): boolean {
  return hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR');
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

let written = 0;

/**
 * A name beside `path` that no other process takes, so that the rename stays within one filesystem. What a crash left
 * there is in nobody's way: the clock goes into it. (node:crypto takes ten milliseconds to load, a fifth of our start.)
 */
export function besidePath(path: string): string {
  written += 1;
  return `${path}.${process.pid}.${Date.now().toString(36)}.${written}.tmp`;
}

export function factsOf(stats: Stats, target?: string): FileFacts {
  const { uid, size, mtimeMs } = stats;
  const known = { kind: kindOf(stats), mode: stats.mode & 0o7777, uid, size, mtimeMs };
  return target === undefined ? known : { ...known, target };
}

function kindOf(stats: Stats): FileKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  return stats.isSocket() ? 'socket' : 'device';
}
