/** The authorized keys of this moment, from every place that may hold them, even while the root's disk does not answer. */
import { formatProblem, type Problem } from '../../sys/problem.ts';
import { type Sys, SysError } from '../../sys/sys.ts';
import { type AuthorizedKey, type AuthorizedKeys, parseAuthorizedKeys } from './authorized-keys.ts';

export interface KeySource {
  /** Reads all files again; one key counts once. Never rejects: a file that cannot be read or trusted is a Problem. */
  load(): Promise<AuthorizedKeys>;
}

/** A file's text, why it is not trusted, or undefined when there is none. */
type Read = string | Problem | undefined;

const DEADLINE_MS = 5_000;

/**
 * INVARIANT: at most one read of each file is under way. A dead disk keeps that one, and a thread, for ever; logins go on with
 * what the file said last.
 */
export function openKeySource(sys: Sys, files: readonly string[], deadlineMs = DEADLINE_MS): KeySource {
  const pending = new Map<string, Promise<Read>>();
  const last = new Map<string, Read>();

  function begin(file: string): Promise<Read> {
    const reading = readTrusted(sys, file);
    pending.set(file, reading);
    void reading.then((read) => last.set(file, read)).finally(() => pending.delete(file));
    return reading;
  }

  async function read(file: string): Promise<{ readonly file: string; readonly reads: readonly Read[] }> {
    const inTime = new AbortController();
    const late = sys.sleep(deadlineMs, inTime.signal).then(() => 'late' as const);
    const reading = (pending.get(file) ?? begin(file)).then((value) => ({ value }));
    const first = await Promise.race([reading, late]);
    inTime.abort();
    if (first !== 'late') return { file, reads: [first.value] };
    return { file, reads: [last.get(file), distrust(file, `cannot be read: no answer within ${deadlineMs} ms`)] };
  }

  return { load: async () => merge(await Promise.all(files.map(read))) };
}

function merge(sources: readonly { readonly file: string; readonly reads: readonly Read[] }[]): AuthorizedKeys {
  const keys = new Map<string, AuthorizedKey>();
  const problems = new Map<string, Problem>();
  const texts = new Set<string>();
  for (const { file, reads } of sources) {
    for (const read of reads) {
      // Before the root is entered, /etc/lifeboot is the toolbox's own: one file under two names.
      if (read === undefined || (typeof read === 'string' && texts.has(read))) continue;
      const found = typeof read === 'string' ? parseAuthorizedKeys(read, file) : { keys: [], problems: [read] };
      if (typeof read === 'string') texts.add(read);
      for (const key of found.keys) keys.set(key.fingerprint, strictest(key, keys.get(key.fingerprint)));
      for (const problem of found.problems) problems.set(formatProblem(problem), problem);
    }
  }
  return { keys: [...keys.values()], problems: [...problems.values()] };
}

/** A restriction in one file is not undone by another. */
const strictest = (key: AuthorizedKey, known: AuthorizedKey | undefined): AuthorizedKey =>
  known === undefined || !key.permissions.pty ? key : known;

/** Reads a file that only root can change, as sshd's StrictModes wants it. Never rejects. */
async function readTrusted(sys: Sys, file: string): Promise<Read> {
  try {
    const directory = file.slice(0, file.lastIndexOf('/'));
    for (const path of [directory, file]) {
      const facts = await sys.facts(path);
      if (facts === undefined) return undefined;
      const kind = path === file ? 'file' : 'directory';
      if (facts.kind !== kind) return distrust(file, `${path} is a ${facts.kind}, not a ${kind}`);
      if (facts.uid !== 0) return distrust(file, `${path} belongs to uid ${facts.uid}`);
      if ((facts.mode & 0o022) !== 0)
        return distrust(file, `${path} has mode ${(facts.mode & 0o7777).toString(8)}: others could add a key`);
    }
    return await sys.readText(file);
  } catch (error) {
    return distrust(file, `cannot be read: ${error instanceof SysError ? error.message : String(error)}`);
  }
}

function distrust(file: string, message: string): Problem {
  return { file, value: file, message, accepted: 'a file and directory of root, writable by root only (the file is left out)' };
}
