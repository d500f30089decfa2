/** The system console. It may be a serial line that nobody reads: lines are lost then, time never. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';

const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
const STDERR = 2;
/** What may wait for a stalled line, in bytes. */
export const QUEUE_BYTES = 64 * 1024;
const RETRY_MS = 50;
const MAX_LINE_CHARS = 4096;

/** Writes some of the bytes and says how many; throws as write(2) does. */
export type WriteSome = (bytes: Uint8Array) => number;

/** Lines waiting for a console that takes them when it can; the oldest are dropped, and their number is told. */
export class ConsoleQueue {
  readonly #write: WriteSome;
  #waiting: Buffer[] = [];
  #bytes = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The first of `waiting` went out in part: dropping it would garble the line. */
  #torn = false;

  constructor(write: WriteSome) {
    this.#write = write;
  }

  add(line: string): void {
    this.#push(Buffer.from(`${printable(line)}\n`));
    while (this.#bytes > QUEUE_BYTES && this.#waiting.length > (this.#torn ? 2 : 1)) {
      const [oldest] = this.#waiting.splice(this.#torn ? 1 : 0, 1);
      this.#bytes -= oldest?.length ?? 0;
      this.#dropped += 1;
    }
    this.flush();
  }

  /** Writes what the console takes now; the rest is tried again soon, without keeping the process alive. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      while (this.#next()) {}
    } catch (error) {
      if (!isAgain(error)) this.#forget();
    }
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.flush(), RETRY_MS).unref();
  }

  /** One write; false when nothing waits any more, or nothing is taken now. */
  #next(): boolean {
    // The count of the lost is no line of the queue: it would be dropped itself.
    const lost = this.#dropped > 0 && !this.#torn ? Buffer.from(`lifeboot: ${this.#dropped} console lines lost\n`) : undefined;
    const first = lost ?? this.#waiting[0];
    if (first === undefined) return false;
    const written = this.#write(first);
    if (written === 0) return false;
    const rest = first.subarray(written);
    if (lost === undefined) this.#waiting.shift();
    else this.#dropped = 0;
    this.#torn = rest.length > 0;
    if (this.#torn) this.#waiting.unshift(rest);
    this.#bytes += rest.length - (lost === undefined ? first.length : 0);
    return true;
  }

  #push(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
  }

  /** The console is broken for good: what waited is lost. */
  #forget(): void {
    this.#waiting = [];
    this.#bytes = 0;
    this.#dropped = 0;
    this.#torn = false;
  }
}

/** The console at `path`, opened at the first line and again after a hang-up; standard error when it cannot be. */
export function openConsole(path: string): ConsoleQueue {
  let fd: number | undefined;
  const open = () => {
    try {
      // O_NOCTTY: the agent leads a session, and ctrl-C on the console must not reach it.
      return openSync(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    } catch {
      return STDERR;
    }
  };
  return new ConsoleQueue((bytes) => {
    fd ??= open();
    try {
      return writeSync(fd, bytes);
    } catch (error) {
      if (isAgain(error) || fd === STDERR) throw error;
      // A getty hangs the terminal up as it starts: vhangup(2) makes every later write of ours EIO.
      closeSync(fd);
      fd = open();
      return writeSync(fd, bytes);
    }
  });
}

/** One line, and none of the bytes that steer a terminal: a file's name or a script's output may be anything. */
export function printable(line: string): string {
  return line.slice(0, MAX_LINE_CHARS).replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, '?');
}

function isAgain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
