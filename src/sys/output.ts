/** What a program said, kept within bounds: the last part of it, and each complete line as it appears. */

/** Characters kept of one stream. */
export const KEPT_CHARS = 1024 * 1024;
/** A longer line is handed on in pieces of this size. */
export const LINE_CHARS = 64 * 1024;

/** Keeps the last `KEPT_CHARS` characters of a stream, whatever its length. */
export class Tail {
  readonly #chunks: string[] = [];
  #chars = 0;

  add(text: string): void {
    this.#chunks.push(text);
    this.#chars += text.length;
    let first = this.#chunks[0];
    while (first !== undefined && this.#chars - first.length >= KEPT_CHARS) {
      this.#chars -= first.length;
      this.#chunks.shift();
      first = this.#chunks[0];
    }
  }

  text(): string {
    return this.#chunks.join('').slice(-KEPT_CHARS);
  }
}

/** Cuts a stream into lines. A carriage return before the newline is no part of the line. */
export class Lines {
  #rest = '';
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line.replace(/\r$/, ''));
    while (this.#rest.length >= LINE_CHARS) {
      this.#onLine(this.#rest.slice(0, LINE_CHARS));
      this.#rest = this.#rest.slice(LINE_CHARS);
    }
  }

  /** The last line, when the stream ended without a newline. */
  end(): void {
    if (this.#rest !== '') this.#onLine(this.#rest.replace(/\r$/, ''));
    this.#rest = '';
  }
}
