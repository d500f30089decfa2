/** A program on a pseudo-terminal: node-pty's addon, with streams of our own. */
import { constants } from 'node:os';
import { ReadStream } from 'node:tty';
import { writeFully } from '../../sys/fd-writer.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Pty {
  /** Also its session and process group. */
  readonly pid: number;
  /** All it prints; ends when nobody has the terminal open any more, or soon after the program ended. */
  readonly output: AsyncIterable<Buffer>;
  readonly exited: Promise<Exit>;
  /** Types, waiting while the program does not read. Never throws. */
  write(chunk: Uint8Array): Promise<void>;
  resize(size: TerminalSize): void;
  /** Hangs up: the kernel tells whoever is on the terminal. */
  close(): void;
}

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

interface PtyProgram extends TerminalSize {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How long a terminal that a background process keeps open is still read after its program ended. */
const LINGER_MS = 200;

/**
 * Starts it in `/`. Throws when no pty is to be had. The addon is loaded at the first call: an open door does not need it.
 * node-pty's own stream class drops the tail of the output 200 ms after the exit, read or not, and spins on a full terminal.
 */
export async function openPty({ argv, env, cols, rows }: PtyProgram): Promise<Pty> {
  const { default: utils } = await import('node-pty/lib/utils.js');
  const addon = utils.loadNativeModule('pty').module;
  const [file = '', ...args] = argv;
  const environment = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const exit = Promise.withResolvers<Exit>();
  const onExit = (code: number, signal: number) =>
    exit.resolve(signal === 0 ? { code, signal: null } : { code: null, signal: nameOf(signal) });
  const size = clampSize({ cols, rows });
  const { fd, pid } = addon.fork(file, args, environment, '/', size.cols, size.rows, -1, -1, true, '', onExit);
  const stream = new ReadStream(fd);
  return {
    pid,
    output: readOutput(stream, exit.promise),
    exited: exit.promise,
    write: (chunk) => writeFully(fd, chunk, () => !stream.destroyed).catch(() => undefined),
    resize(wanted) {
      const { cols, rows } = clampSize(wanted);
      if (!stream.destroyed) addon.resize(fd, cols, rows);
    },
    close: () => stream.destroy(),
  };
}

async function* readOutput(stream: ReadStream, exited: Promise<unknown>): AsyncGenerator<Buffer> {
  let quietSince = performance.now();
  let busy = false;
  let linger: NodeJS.Timeout | undefined;
  void exited.then(() => {
    // The end of the output and that of the program come in either order.
    if (stream.destroyed) return;
    linger = setInterval(() => {
      if (!busy && performance.now() - quietSince >= LINGER_MS) stream.destroy();
    }, LINGER_MS / 4);
  });
  try {
    for await (const chunk of stream) {
      busy = true;
      yield chunk as Buffer;
      busy = false;
      quietSince = performance.now();
    }
  } catch {
    // EIO is how Linux tells the master that the last slave was closed; anything else ends the session as well.
  } finally {
    clearInterval(linger);
    stream.destroy();
  }
}

/** TIOCSWINSZ takes unsigned shorts, and 0 means unknown: programs then divide by it. */
function clampSize({ cols, rows }: TerminalSize): TerminalSize {
  const clamp = (value: number, unknown: number) => (value >= 1 ? Math.min(value, 65_535) : unknown);
  return { cols: clamp(cols, 80), rows: clamp(rows, 24) };
}

function nameOf(signal: number): string {
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `SIG${signal}`;
}
