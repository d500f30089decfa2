/** Plays a recording on the terminal: space pauses, q and ctrl-C end it, and the terminal is as usable afterwards as before. */
import { type CastEvent, parseCastEvent, parseJson } from '../rescue/audit/asciicast.ts';
import { printable } from '../sys/console.ts';
import type { Sys } from '../sys/sys.ts';

export interface Pace {
  /** 2 is twice as fast. */
  readonly speed: number;
  /** A longer silence is cut to this, before the speed counts. */
  readonly idleLimitMs: number;
}

export interface Frame {
  readonly waitMs: number;
  readonly text: string;
}

/** What is shown when. Resizes, markers and what was typed are not shown. */
export function* planFrames(events: Iterable<CastEvent>, { speed, idleLimitMs }: Pace): Generator<Frame> {
  let lastSeconds = 0;
  for (const { seconds, code, data } of events) {
    if (code !== 'o') continue;
    const idleMs = Math.max(0, seconds - lastSeconds) * 1000;
    lastSeconds = Math.max(lastSeconds, seconds);
    yield { waitMs: Math.min(idleMs, idleLimitMs) / speed, text: data };
  }
}

const INTERRUPTED = 130;

/** Resolves with the exit status: 130 when it was ended early. Throws for a file that is no recording. */
export async function playRecording(sys: Sys, file: string, pace: Pace): Promise<number> {
  const text = (await sys.readText(file)) ?? '';
  const lines = text.split('\n');
  const size = sizeOf(lines[0] ?? '');
  if (size === undefined) throw new Error(`${file}: no recording as asciicast v2`);
  const events = lines.flatMap((line) => parseCastEvent(line) ?? []);
  warnOfSize(size, events);
  using keys = watchKeys();
  let screen = '';
  for (const frame of planFrames(events, pace)) {
    await sys.sleep(frame.waitMs, keys.ended);
    await keys.resumed();
    if (keys.ended.aborted) break;
    await show(frame.text);
    screen = screenOf(screen, frame.text);
  }
  if (process.stdout.isTTY) await show(resetAfter(screen));
  const last = events.at(-1);
  if (!keys.ended.aborted && last?.code === 'm') process.stderr.write(`lifeboot: ${printable(last.data)}\n`);
  return keys.ended.aborted ? INTERRUPTED : 0;
}

interface Size {
  readonly cols: number;
  readonly rows: number;
}

function sizeOf(line: string): Size | undefined {
  const header = parseJson(line);
  if (typeof header !== 'object' || header === null || !('version' in header) || header.version !== 2) return undefined;
  const number = (name: string) => Number((header as Readonly<Record<string, unknown>>)[name] ?? 0);
  return { cols: number('width'), rows: number('height') };
}

/** A smaller terminal than the recorded one garbles what full-screen programs show. */
function warnOfSize(first: Size, events: readonly CastEvent[]): void {
  const { columns, rows } = process.stdout;
  if (!process.stdout.isTTY) return;
  const sizes = events.flatMap(({ code, data }) => {
    const [, cols, height] = (code === 'r' && /^(\d+)x(\d+)$/.exec(data)) || [];
    return cols === undefined ? [] : [{ cols: Number(cols), rows: Number(height) }];
  });
  const most = {
    cols: Math.max(first.cols, ...sizes.map(({ cols }) => cols)),
    rows: Math.max(first.rows, ...sizes.map((size) => size.rows)),
  };
  if (most.cols <= columns && most.rows <= rows) return;
  process.stderr.write(`lifeboot: recorded on ${most.cols}x${most.rows}, this terminal is ${columns}x${rows}\n`);
}

interface Keys extends Disposable {
  readonly ended: AbortSignal;
  /** Resolves when it is not paused, or ended. */
  resumed(): Promise<void>;
}

/** Reads what is typed, and so swallows what the terminal answers to the recording's questions. */
function watchKeys(): Keys {
  const { stdin } = process;
  const end = new AbortController();
  const stop = () => end.abort();
  let paused: PromiseWithResolvers<void> | undefined;
  const resume = () => {
    paused?.resolve();
    paused = undefined;
  };
  const onKeys = (chunk: Buffer) => {
    // A key comes alone; letters and blanks within more are a part of an answer.
    const key = chunk.toString('latin1');
    if (key === 'q' || key.includes('\x03')) stop();
    if (key === ' ' && paused === undefined) paused = Promise.withResolvers();
    else if (key === ' ') resume();
  };
  end.signal.addEventListener('abort', resume);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on('data', onKeys).resume();
  }
  return {
    ended: end.signal,
    resumed: async () => paused?.promise,
    [Symbol.dispose]() {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
      if (!stdin.isTTY) return;
      stdin.setRawMode(false);
      stdin.off('data', onKeys).pause();
    },
  };
}

function show(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

/** `h` while the alternate screen is shown: the last such switch counts. */
function screenOf(before: string, text: string): string {
  return [...text.matchAll(/\x1b\[\?(?:47|1047|1049)([hl])/g)].at(-1)?.[1] ?? before;
}

/**
 * Undoes what a recording that was cut short, or that garbled the terminal, leaves behind (xterm's ctlseqs): the alternate screen, the
 * scroll region (the cursor stays), colours, character sets, keypad, insert mode, wrap, the hidden cursor, mouse, focus and paste reports.
 */
function resetAfter(screen: string): string {
  const leave = screen === 'h' ? '\x1b[?1049l' : '';
  return `${leave}\x1b7\x1b[r\x1b8\x1b[0m\x1b(B\x0f\x1b[?1l\x1b>\x1b[4l\x1b[?7h\x1b[?25h\x1b[?1000;1002;1003;1004;1006;2004l\r\n`;
}
