/** What was tried, on disk as soon as it is known: an exploration that is interrupted goes on where it was. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import type { Results } from '../../src/init/races/trial/evidence.ts';
import type { Outcome } from '../../src/init/races/trial/trial.ts';

export interface ResultsFile {
  readonly results: Results;
  /** How long the trials took. */
  readonly durationsMs: readonly number[];
  add(outcome: Outcome, tookMs: number): Promise<void>;
}

interface Line {
  readonly outcome: Outcome;
  readonly tookMs: number;
}

/**
 * One JSON object a line, the first one says what it is about. `resume`: what the file has is taken over; throws when it is about something
 * else. Without `resume` the file begins anew.
 */
export async function openResults(path: string, about: string, { resume }: { readonly resume: boolean }): Promise<ResultsFile> {
  const results = new Map<string, Outcome>();
  const durationsMs: number[] = [];
  const text = resume ? await readFile(path, 'utf8').catch(() => undefined) : undefined;
  if (text === undefined) await writeFile(path, `${JSON.stringify({ version: 1, about })}\n`);
  else {
    const [head = '', ...lines] = text.split('\n');
    if (parseJson<{ about?: string }>(head)?.about !== about) {
      throw new Error(`${path}: is about other scripts, another kernel or another image: go on without --resume, or with another --output`);
    }
    // The last line may be half written.
    for (const { outcome, tookMs } of lines.flatMap((line) => parseJson<Line>(line) ?? [])) {
      results.set(outcome.trial, outcome);
      durationsMs.push(tookMs);
    }
    if (!text.endsWith('\n')) await appendFile(path, '\n');
  }
  return {
    results,
    durationsMs,
    async add(outcome, tookMs) {
      results.set(outcome.trial, outcome);
      durationsMs.push(tookMs);
      await appendFile(path, `${JSON.stringify({ outcome, tookMs } satisfies Line)}\n`);
    },
  };
}

function parseJson<T>(line: string): T | undefined {
  try {
    return JSON.parse(line) as T;
  } catch {
    return undefined;
  }
}
