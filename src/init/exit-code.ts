/** What the exit code of an initscript's action means: LSB 3.1, "Init Script Actions". */

const meanings: Readonly<Record<number, string>> = {
  1: 'generic error',
  2: 'invalid argument',
  3: 'action not implemented',
  4: 'insufficient privilege',
  5: 'program is not installed',
  6: 'program is not configured',
  7: 'program is not running',
  126: 'cannot be executed',
  127: 'interpreter or command not found',
};

const signals: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  6: 'ABRT',
  9: 'KILL',
  11: 'SEGV',
  13: 'PIPE',
  15: 'TERM',
};

/** `exit 5: program is not installed`, `exit 137: ended by KILL`. */
export function describeExit(code: number): string {
  const meaning = meanings[code] ?? (code > 128 && code < 193 ? `ended by ${signals[code - 128] ?? `signal ${code - 128}`}` : undefined);
  return meaning === undefined ? `exit ${code}` : `exit ${code}: ${meaning}`;
}

/** 5 and 6 say that there is nothing to start: startpar tells of it and does not count it as a failure. */
export const isNothingToStart = (code: number): boolean => code === 5 || code === 6;
