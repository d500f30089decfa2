/** A serial line as a stream of JSON objects, one a line, both ways. */
import { closeSync, constants, openSync } from 'node:fs';
import { ReadStream, WriteStream } from 'node:tty';
import { asSysError, type Message } from './sys.ts';

export interface SerialLine extends Disposable {
  send(message: Message): Promise<void>;
  /** The next message; undefined when none came in so long. What is no message is left out. */
  next(timeoutMs: number): Promise<Message | undefined>;
}

/** Opens it raw. Throws SysError when it is not there, or no terminal. */
export function openSerialLine(path: string): SerialLine {
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    try {
      return new RawLine(fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch (error) {
    throw asSysError(error, path);
  }
}

class RawLine implements SerialLine {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #waiting: ((message: Message) => void)[] = [];
  readonly #messages: Message[] = [];
  #rest = '';

  constructor(fd: number) {
    this.#input = new ReadStream(fd);
    this.#input.setRawMode(true);
    this.#output = new WriteStream(fd);
    this.#input.setEncoding('utf8');
    this.#input.on('data', (chunk: string) => this.#take(chunk));
    // The other end is a program that may come and go.
    this.#input.on('error', () => undefined);
    this.#output.on('error', () => undefined);
  }

  send(message: Message): Promise<void> {
    return new Promise((resolve) => this.#output.write(`${JSON.stringify(message)}\n`, () => resolve()));
  }

  next(timeoutMs: number): Promise<Message | undefined> {
    const there = this.#messages.shift();
    if (there !== undefined) return Promise.resolve(there);
    return new Promise((resolve) => {
      const take = (message: Message): void => {
        clearTimeout(timer);
        resolve(message);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        resolve(undefined);
      }, timeoutMs);
      this.#waiting.push(take);
    });
  }

  [Symbol.dispose](): void {
    this.#input.destroy();
    this.#output.destroy();
  }

  #take(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = parseMessage(line);
      if (message === undefined) continue;
      const next = this.#waiting.shift();
      if (next === undefined) this.#messages.push(message);
      else next(message);
    }
  }
}

function parseMessage(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}
