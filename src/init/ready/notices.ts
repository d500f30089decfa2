/** What a daemon has said of itself so far, as notify-listen wrote it down. Pure. */

export interface Notified {
  /** The time of its first READY=1 in milliseconds after kernel start. */
  readonly readyMs?: number;
  /** Until when it asked to be waited for: EXTEND_TIMEOUT_USEC. */
  readonly untilMs?: number;
  /** STATUS=, the last one. */
  readonly status?: string;
  /** STOPPING=1, or ERRNO= other than 0, while it was not ready: it gives up. */
  readonly gaveUp?: string;
  /** Processes that spoke though they are none of the script's. */
  readonly refused: readonly number[];
}

/** Lines `MS PID WORD`; the last one may be half written. */
export function parseNotified(text: string): Notified {
  const refused = new Set<number>();
  const said: { readyMs?: number; untilMs?: number; status?: string; gaveUp?: string } = {};
  for (const line of text.split('\n').slice(0, -1)) {
    const [, ms, pid, word = ''] = /^(\d+) (\d+) (.*)$/.exec(line) ?? [];
    if (ms === undefined) continue;
    const [key = '', value = ''] = split(word);
    if (word === '!refused') refused.add(Number(pid));
    else if (word === 'READY=1') said.readyMs ??= Number(ms);
    else if (key === 'STATUS') said.status = value;
    else if (key === 'EXTEND_TIMEOUT_USEC' && /^\d{1,15}$/.test(value)) said.untilMs = Number(ms) + Number(value) / 1000;
    else if (said.readyMs === undefined && (word === 'STOPPING=1' || (key === 'ERRNO' && value !== '0'))) said.gaveUp = word;
  }
  return { ...said, refused: [...refused] };
}

function split(word: string): readonly string[] {
  const at = word.indexOf('=');
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}
