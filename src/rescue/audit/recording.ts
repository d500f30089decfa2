/** One recording of a terminal, from its first line to its last. */
import type { AppendFile } from '../../sys/append-file.ts';
import type { Sys } from '../../sys/sys.ts';
import type { TerminalSize } from '../session/open-pty.ts';
import { createCastEncoder } from './asciicast.ts';

/** Nothing here throws or waits: a recording that cannot be written costs itself. */
export interface Recording {
  readonly id: string;
  readonly bytes: number;
  output(chunk: Uint8Array): void;
  input(chunk: Uint8Array): void;
  resize(size: TerminalSize): void;
  /** A marker, and everything up to it is in the file. */
  mark(text: string): void;
  /** The last line: how it ended. */
  end(how: string): void;
}

export interface RecordingOptions {
  readonly id: string;
  /** With the header in it. */
  readonly file: AppendFile;
  readonly mostBytes: number;
  /** Makes room for so many bytes among all recordings; false when there is none. */
  readonly admit: (bytes: number) => boolean;
  readonly onEnded: () => void;
}

/** Words with which the markers of ours begin: see parse-recording.ts. */
export const marks = { closed: 'closed', truncated: 'truncated', interrupted: 'interrupted', lost: 'lost' } as const;

/** Lines wait for so many characters or so long, whatever comes first: one write(2) for a screenful. */
const FLUSH_CHARS = 64 * 1024;
const FLUSH_MS = 200;
/** Left free for the last lines. */
const RESERVE_BYTES = 1024;

export function startRecording(sys: Sys, { id, file, mostBytes, admit, onEnded }: RecordingOptions): Recording {
  const startedMs = sys.uptimeMs();
  const encoder = createCastEncoder();
  let waiting = '';
  let lostChars = 0;
  let timer: NodeJS.Timeout | undefined;
  /** Why nothing more is recorded. */
  let full: string | undefined;
  let ended = false;
  const now = () => sys.uptimeMs() - startedMs;

  function add(line: string): void {
    if (full !== undefined || ended) return;
    waiting += line;
    if (waiting.length >= FLUSH_CHARS) flush();
    else timer ??= setTimeout(flush, FLUSH_MS).unref();
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const text = lostChars === 0 ? waiting : encoder.mark(`${marks.lost}: ${lostChars} characters, the memory was full`, now()) + waiting;
    const bytes = Buffer.byteLength(text);
    if (bytes === 0 || full !== undefined) return;
    const room = mostBytes - RESERVE_BYTES - file.bytes;
    if (bytes > room) truncate(`at ${mebibytes(mostBytes)}`, wholeLines(text, room));
    else if (!admit(bytes)) truncate('no room is left for recordings', '');
    else if (write(text)) lostChars = 0;
    else lostChars += waiting.length;
    waiting = '';
  }

  function truncate(why: string, last: string): void {
    full = `${marks.truncated}: ${why}`;
    write(last + encoder.mark(full, now()));
  }

  function write(text: string): boolean {
    try {
      file.append(text);
      return true;
    } catch {
      return false;
    }
  }

  return {
    id,
    get bytes() {
      return file.bytes;
    },
    output: (chunk) => add(full === undefined ? encoder.output(chunk, now()) : ''),
    input: (chunk) => add(full === undefined ? encoder.input(chunk, now()) : ''),
    resize: (size) => add(encoder.resize(size, now())),
    mark(text) {
      add(encoder.mark(text, now()));
      flush();
    },
    end(how) {
      if (ended) return;
      add(encoder.flush(now()));
      flush();
      ended = true;
      write(encoder.mark(`${marks.closed}: ${how}${full === undefined ? '' : `; ${full}`}`, now()));
      file.close();
      onEnded();
    },
  };
}

/** As many lines of the text as fit into so many bytes. */
function wholeLines(text: string, mostBytes: number): string {
  let end = 0;
  let bytes = 0;
  for (let next = text.indexOf('\n'); next >= 0; next = text.indexOf('\n', end)) {
    bytes += Buffer.byteLength(text.slice(end, next + 1));
    if (bytes > mostBytes) break;
    end = next + 1;
  }
  return text.slice(0, end);
}

const mebibytes = (bytes: number): string => `${Number((bytes / 1024 / 1024).toFixed(1))} MiB`;
