/** Reads files that only root can change, as sshd's StrictModes wants them, even while the root's disk does not answer. */
import { type Sys, SysError } from '../../sys/sys.ts';

/** What is known of one file. */
export interface TrustedRead {
  /** What it holds, or held when it could last be read; undefined: nothing is there, or it was never read. */
  readonly content?: TrustedContent;
  /** Why it counts less than it should: it is not root's own, reading it failed, or it was not read in time. */
  readonly failure?: { readonly kind: 'distrusted' | 'failed' | 'late'; readonly why: string };
}

export interface TrustedContent {
  readonly bytes: Buffer;
  readonly mtimeMs: number;
}

export interface TrustedFiles {
  /** Never rejects. */
  read(file: string): Promise<TrustedRead>;
}

type Failure = NonNullable<TrustedRead['failure']>;
type Read = TrustedContent | Failure | undefined;

const DEADLINE_MS = 5_000;
/** A list of a million revoked keys has 60 MB. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * INVARIANT: at most one read of each file is under way. A dead disk keeps that one, and a thread, for ever; logins go on with
 * what the file said last, and only the first of them waits.
 */
export function openTrustedFiles(sys: Sys, deadlineMs = DEADLINE_MS): TrustedFiles {
  const pending = new Map<string, Promise<Read>>();
  const overdue = new Set<string>();
  const last = new Map<string, TrustedContent>();

  function begin(file: string): Promise<Read> {
    const reading = readOnce(sys, file);
    pending.set(file, reading);
    void reading.then((read) => {
      pending.delete(file);
      overdue.delete(file);
      if (read === undefined || ('kind' in read && read.kind === 'distrusted')) last.delete(file);
      else if ('bytes' in read) last.set(file, read);
    });
    return reading;
  }

  async function wait(file: string): Promise<Read> {
    const unread: Failure = { kind: 'late', why: `no answer within ${deadlineMs} ms` };
    if (overdue.has(file)) return unread;
    const inTime = new AbortController();
    const late = sys.sleep(deadlineMs, inTime.signal).then(() => unread);
    const reading = pending.get(file) ?? begin(file);
    const first = await Promise.race([reading, late]);
    inTime.abort();
    if (first === unread && pending.has(file)) overdue.add(file);
    return first;
  }

  return {
    async read(file) {
      const read = await wait(file);
      if (read === undefined) return {};
      if ('bytes' in read) return { content: read };
      const known = last.get(file);
      return known === undefined ? { failure: read } : { content: known, failure: read };
    },
  };
}

const distrust = (why: string): Failure => ({ kind: 'distrusted', why });

/** Never rejects. */
async function readOnce(sys: Sys, file: string): Promise<Read> {
  try {
    const directory = file.slice(0, file.lastIndexOf('/'));
    let mtimeMs = 0;
    for (const path of [directory, file]) {
      const facts = await sys.facts(path);
      if (facts === undefined) return undefined;
      const kind = path === file ? 'file' : 'directory';
      if (facts.kind !== kind) return distrust(`${path} is a ${facts.kind}, not a ${kind}`);
      if (facts.uid !== 0) return distrust(`${path} belongs to uid ${facts.uid}`);
      if ((facts.mode & 0o022) !== 0) return distrust(`${path} has mode ${(facts.mode & 0o7777).toString(8)}: others could change it`);
      if (kind === 'file' && facts.size > MOST_BYTES) return distrust(`${path} has ${facts.size} bytes`);
      mtimeMs = facts.mtimeMs;
    }
    const bytes = await sys.readBytes(file);
    return bytes === undefined ? undefined : { bytes, mtimeMs };
  } catch (error) {
    return { kind: 'failed', why: error instanceof SysError ? error.message : String(error) };
  }
}
