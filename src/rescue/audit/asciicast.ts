/** Recordings of terminals as asciicast v2 (docs.asciinema.org/manual/asciicast/v2): a header line, then a line for each event. */
import type { TerminalSize } from '../session/open-pty.ts';

/** `o`utput, `i`nput, `r`esize, `m`arker. */
export type CastCode = 'o' | 'i' | 'r' | 'm';

export interface CastEvent {
  /** Since the start of the recording. */
  readonly seconds: number;
  readonly code: CastCode;
  readonly data: string;
}

/** Makes lines of what happens. Each is whole, with its newline; nothing to tell is an empty text. Milliseconds count from the start. */
export interface CastEncoder {
  /** A character that is cut by the end of a chunk comes with the next one. */
  output(chunk: Uint8Array, atMs: number): string;
  input(chunk: Uint8Array, atMs: number): string;
  resize(size: TerminalSize, atMs: number): string;
  /** What players show as a chapter: here a word of ours. */
  mark(text: string, atMs: number): string;
  /** What is left of a cut character, before the last marker. */
  flush(atMs: number): string;
}

/** Bytes that are no UTF-8 become U+FFFD, as every terminal shows them. */
export function createCastEncoder(): CastEncoder {
  const output = createTextStream('o');
  const input = createTextStream('i');
  return {
    output: output.add,
    input: input.add,
    resize: ({ cols, rows }, atMs) => formatCastEvent(atMs, 'r', `${cols}x${rows}`),
    mark: (text, atMs) => formatCastEvent(atMs, 'm', text),
    flush: (atMs) => output.end(atMs) + input.end(atMs),
  };
}

function createTextStream(code: CastCode) {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const line = (text: string, atMs: number) => (text === '' ? '' : formatCastEvent(atMs, code, text));
  return {
    add: (chunk: Uint8Array, atMs: number) => line(decoder.decode(chunk, { stream: true }), atMs),
    end: (atMs: number) => line(decoder.decode(), atMs),
  };
}

/** JSON escapes every control character, so an event never breaks its line. */
export function formatCastEvent(atMs: number, code: CastCode, data: string): string {
  return `[${(Math.max(0, atMs) / 1000).toFixed(3)},"${code}",${JSON.stringify(data)}]\n`;
}

/** One line of a recording; undefined for what is no event, or one of a kind that we do not know. */
export function parseCastEvent(line: string): CastEvent | undefined {
  const event = parseJson(line);
  if (!Array.isArray(event)) return undefined;
  const [seconds, code, data] = event as readonly unknown[];
  if (typeof seconds !== 'number' || typeof data !== 'string') return undefined;
  return code === 'o' || code === 'i' || code === 'r' || code === 'm' ? { seconds, code, data } : undefined;
}

/** Undefined for a text that is no JSON: a line may be torn, or of somebody else. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
