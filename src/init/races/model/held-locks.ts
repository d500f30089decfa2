/** What a process holds while it does something, as the text that is kept with each access, and whether two keep each other out. */
import type { OpenFile, Process } from './process-table.ts';

/** `record`: of fcntl(2); `file`: of flock(2), which knows nothing of the former; `either`: the recording does not tell. */
type LockKind = 'record' | 'file' | 'either';

/** A lock that was taken through an open file. */
export interface Hold {
  readonly file: OpenFile;
  /** What is locked, in words that are the same in every recording. */
  readonly text: string;
  readonly kind: LockKind;
  readonly isShared: boolean;
  /** Whose it is alone: children have the file open, and not the lock. */
  readonly owner: Process | undefined;
}

/** flock(2): LOCK_SH, LOCK_EX, alone or with LOCK_NB, which makes F_SETLK's number of the latter. */
const flockFlags = [1, 2, 5];
/** fcntl(2): F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW. */
const recordFlags = [7, 37, 38];
const F_SETLKW = 7;

export const kindOf = (flags: number): LockKind =>
  flockFlags.includes(flags) ? 'file' : recordFlags.includes(flags) ? 'record' : 'either';

/** fcntl(2): "Record locks are not inherited by a child"; those of flock(2) and of open file descriptions are. */
export const ownerOf = (flags: number, process: Process): Process | undefined => (flags === F_SETLKW ? process : undefined);

/** One line for each: `record exclusive /run/x`. */
export const textOf = (holds: readonly Hold[]): string =>
  [...new Set(holds.map(({ kind, isShared, text }) => `${kind} ${isShared ? 'shared' : 'exclusive'} ${text}`))].sort().join('\n');

/** Of a name that only one can make. */
export const textOfName = (text: string): string => `name exclusive ${text}`;

/** Both texts together. */
export const joinHolds = (a: string, b: string): string =>
  [...new Set([...a.split('\n'), ...b.split('\n')].filter((line) => line !== ''))].sort().join('\n');

/** Whether no two can hold these at one time. */
export function keepApart(a: string, b: string): boolean {
  if (a === '' || b === '') return false;
  const others = b.split('\n').map(readHold);
  return a
    .split('\n')
    .map(readHold)
    .some((one) => others.some((other) => excludes(one, other)));
}

interface ReadHold {
  readonly kind: string;
  readonly isShared: boolean;
  readonly text: string;
}

function readHold(line: string): ReadHold {
  const [kind = '', mode = '', ...rest] = line.split(' ');
  return { kind, isShared: mode === 'shared', text: rest.join(' ') };
}

const excludes = (one: ReadHold, other: ReadHold): boolean =>
  one.text === other.text &&
  !(one.isShared && other.isShared) &&
  (one.kind === other.kind || one.kind === 'either' || other.kind === 'either');
