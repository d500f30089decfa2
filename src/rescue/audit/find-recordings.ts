/** All recordings there are: those in memory, and those kept on the root. */
import { type FileEnds, readEnds } from '../../sys/file-ends.ts';
import type { Sys } from '../../sys/sys.ts';
import { CAST_SUFFIX, parseRecording, type RecordingFacts } from './parse-recording.ts';

export interface RecordingPlaces {
  readonly memory: string;
  readonly kept: string;
}

export interface FoundRecording extends RecordingFacts {
  readonly file: string;
}

export interface FoundRecordings {
  /** Oldest first. */
  readonly recordings: readonly FoundRecording[];
  /** A directory that cannot be read, and why. */
  readonly problems: readonly string[];
}

/** More than our header takes. */
const END_BYTES = 16 * 1024;
/** A dead disk costs the list what is on it. */
const DEADLINE_MS = 5_000;

/** Never rejects. A recording that is in memory as well as on the root is told once: what is in memory is newer. */
export async function findRecordings(sys: Sys, { memory, kept }: RecordingPlaces, deadlineMs = DEADLINE_MS): Promise<FoundRecordings> {
  const problems: string[] = [];
  const found = new Map<string, FoundRecording>();
  for (const [directory, growing] of [
    [kept, false],
    [memory, true],
  ] as const) {
    const inTime = new AbortController();
    const late = sys.sleep(deadlineMs, inTime.signal).then(() => `no answer within ${deadlineMs / 1000} s`);
    const reading = readPlace(sys, directory, growing, found).catch((error: Error) => error.message);
    const problem = await Promise.race([reading, late]);
    inTime.abort();
    if (problem !== undefined) problems.push(`${directory}: ${problem}`);
  }
  return { recordings: [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), problems };
}

async function readPlace(sys: Sys, directory: string, growing: boolean, found: Map<string, FoundRecording>): Promise<undefined> {
  for (const name of (await sys.listDir(directory)) ?? []) {
    if (!name.endsWith(CAST_SUFFIX) || name.startsWith('.')) continue;
    const file = `${directory}/${name}`;
    const id = name.slice(0, -CAST_SUFFIX.length);
    const ends: FileEnds | undefined = await readEnds(file, END_BYTES).catch(() => undefined);
    const facts = ends && parseRecording(id, ends, growing);
    if (facts !== undefined) found.set(id, { ...facts, file });
  }
  return undefined;
}
